"""Once a bank: chance, days, managers, calendar, in the order of the file names."""
