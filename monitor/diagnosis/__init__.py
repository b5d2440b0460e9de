"""What a responder asks for first: one subject looked at whole, once, with a verdict in one sentence."""
