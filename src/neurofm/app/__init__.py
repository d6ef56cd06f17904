"""What every front shares: session, selection, jobs and scenes."""
