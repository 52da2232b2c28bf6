"""Documents to print, keep and sign: PDF with embedded fonts, the same bytes for the same content."""
