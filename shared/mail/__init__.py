"""Mail goes out through one port (`port.MailPort`): by SMTP, or into a folder. Wiring alone chooses."""
