"""The pages on which an explanation is shown: one content, written as text, Markdown, HTML and JSON."""
