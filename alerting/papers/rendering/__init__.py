"""Documents that people read: neutral content, rendered to HTML, PDF and .docx.

Import html, pdf and docx_file only where a document is made: their libraries never enter the daemon.
"""
