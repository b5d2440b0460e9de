"""The web pages for people: the participant in the room, the responder with a phone, the office at a desk."""
