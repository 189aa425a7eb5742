"""What a bank looks like from far: how much, how often, when, about what; made and real ones by the same questions."""
