"""The auditor: reads the journal's rows and derives by itself what must have happened. Knows nothing of the engine.

It may import the rows, the plan and the faults, never the code that decides (import-linter holds it to that): a check
that shares its subject's mistakes finds none of them.
"""
