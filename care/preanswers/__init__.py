"""Pre-answers: the answer before the question - topics, who will ask them next, and what each channel then says."""
