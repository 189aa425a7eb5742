"""What a bank delivers, on its way in: landed line by line, checked against the contract, bad rows set aside."""
