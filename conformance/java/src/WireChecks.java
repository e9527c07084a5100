final class WireChecks { WireChecks(Checks c, Cluster k) {} void run() {} }
