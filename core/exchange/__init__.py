"""What a file means: layouts, compiled to SQL, and the text formats that they read and write."""

from __future__ import annotations
