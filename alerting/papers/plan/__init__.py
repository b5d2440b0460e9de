"""The response plan as a document, and a card for each role."""
