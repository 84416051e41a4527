"""Foreign libraries behind the stages' protocols, one a file; nothing else imports them."""
