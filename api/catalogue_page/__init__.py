"""The catalogue of signals as one page: meanings, SQL, how each signal is spread over a bank's customers."""
