bool is_simulated() { return true; }
