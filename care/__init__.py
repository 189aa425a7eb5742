"""What the bank does before the customer has to ask."""
