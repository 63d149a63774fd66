"""When tasks run: frequencies, the window, time zones, waves. Pure functions, and APScheduler as the clock on top."""
