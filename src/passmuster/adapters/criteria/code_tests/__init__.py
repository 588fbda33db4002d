"""What an answer's own tests show, and whether its code can be tested apart."""
