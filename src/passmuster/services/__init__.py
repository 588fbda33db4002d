"""What asking a service over HTTP takes, whatever it is asked for: addresses, secrets, connections, complaints."""
