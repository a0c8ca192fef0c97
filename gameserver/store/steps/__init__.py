"""The numbered steps that bring an older database to the newest schema.

A folder for Alembic: ``env.py`` is run by it, ``versions/`` holds one file for each
step. A step that was released is never changed; what was wrong in it is put right by
the next one.
"""
