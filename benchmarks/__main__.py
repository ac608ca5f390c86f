"""`python -m benchmarks`: circuit discovery against a plain implementation, its growth, its rules."""

from benchmarks.circuit_discovery import main

if __name__ == "__main__":
    main()
