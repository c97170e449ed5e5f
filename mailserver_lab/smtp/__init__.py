"""SMTP (RFC 5321): the server, the client, and the agent that delivers the queue."""
