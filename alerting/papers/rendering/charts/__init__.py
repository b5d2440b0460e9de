"""Charts as SVG text, drawn alike by browsers and by WeasyPrint."""
