"""The report as a page that opens anywhere."""

from partywall.report.html.page import render_html

__all__ = ["render_html"]
