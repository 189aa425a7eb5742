"""What people and machines are shown of a task or a customer, made from stored rows: words, masks, money."""
