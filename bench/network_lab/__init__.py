"""Networks in namespaces, sound, unusual and broken, and the network probe with its real schedule inside."""
