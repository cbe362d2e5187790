/** For logs of builds, tests and services: one line or one failure an item. */
export const logsProfile = `name: Logs
categories:
  - name: Infrastructure
    description: The machines and the network, not the code; host, node, cluster, container, runner, quota.
    children:
      - name: Network
        description: Connection refused, reset or timed out; DNS, socket, TLS, certificate, proxy, unreachable, ECONNREFUSED, ETIMEDOUT.
      - name: Out of Resources
        description: Out of memory, OOM killed, disk full, no space left, too many open files, limit exceeded, ENOSPC.
        weight: boost
  - name: Build Failure
    description: Compile, compiler, linker, syntax error, undefined symbol, cannot find module, type error, bundle, lint.
  - name: Test Failure
    description: A test, assertion or expectation failed; expected, received, snapshot, spec, suite.
    children:
      - name: Flaky Test
        description: Passed on retry, intermittent, race, timing, flaky, nondeterministic.
  - name: Application Error
    description: Exception, traceback, stack trace, null pointer, panic, unhandled rejection, undefined, assertion.
    weight: boost
    children:
      - name: Crash
        description: Segfault, segmentation fault, core dumped, fatal, abort, killed, exit code, SIGSEGV, SIGABRT.
        weight: max
      - name: Database
        description: SQL, query, deadlock, migration, constraint, database locked, replication, transaction.
  - name: Configuration
    description: Environment variable, missing setting, invalid option, config file, flag, permission denied, path not found.
  - name: Security
    description: Authentication or login failed, unauthorized, forbidden, token expired, invalid signature, intrusion, brute force.
    weight: max
  - name: Deprecation
    description: Deprecated, obsolete, removed in a future version, warning, upgrade notice.
    weight: reduce
  - name: Routine
    description: Started, listening, ready, healthy, finished, completed, success, heartbeat, scheduled, info.
    weight: reduce
interests: >-
  Crashes, out of memory, data corruption. Security. Database.
anti_interests: >-
  Heartbeat. Health check. Debug output.
`
