"""The post-incident report (事后报告): drafted from the journal, reviewed, signed, sent."""
