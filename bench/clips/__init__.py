"""What labelled clips are made of: shipped pictures and films, a webcam's model, healthy views and faults."""
