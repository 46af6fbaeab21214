"""What every chapter speaks: checks, results, sweeps and evidence. Needs numpy only."""
