"""Programs and meetings with real processes, usual, unusual and broken, judged by the software probe and the meeting's
look."""
