"""Charts as SVG text, drawn alike by browsers and by WeasyPrint. Refuses words of its own: callers hand them in."""
