import type { Outcome } from '../../protocol/outcome.ts'
import type { Profile } from '../../protocol/profile.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { readProfile } from './readProfile.ts'

/** For reviews, tickets, surveys and other words of users. */
const feedbackProfile = `name: Feedback
categories:
  - name: Praise
    description: Great, excellent, perfect, fantastic, thank, recommend, happy, best, saves time, well done.
    weight: reduce
  - name: Problem
    description: Broken, error, fails, wrong, bug, does not work, stopped working, issue.
    weight: boost
    children:
      - name: Crashes
        description: It crashes, freezes, hangs, closes by itself or stays blank.
        weight: max
      - name: Data Loss
        description: Notes, files or changes are lost, gone, deleted, overwritten or disappeared; sync conflict, backup.
        weight: max
      - name: Slowness
        description: Slow, lag, sluggish, takes forever, minutes to open, drains battery.
  - name: Ease of Use
    description: Confusing, hard to find, complicated, intuitive, simple, design, layout, menu, learning curve.
  - name: Missing Feature
    description: A wish; missing, add, support, export, import, integration, shortcut, option, feature.
  - name: Pricing
    description: Price, expensive, cheap, subscription, billing, charged, refund, invoice, trial, plan, cancel.
    weight: boost
  - name: Account and Login
    description: Sign in, login, password, account, email, verification code, locked out, two-factor.
  - name: Customer Support
    description: Support team, reply, response, ticket, answer, helpful, agent, waiting days.
  - name: Privacy
    description: Tracking, personal data, permission, consent, GDPR, ads, share data.
    weight: boost
  - name: Spam
    description: Advertising, promo code, casino, crypto, followers, giveaway, click.
    weight: block
interests: >-
  Data loss. Crashes. Refunds. Whoever wants to cancel.
anti_interests: >-
  Advertising. Promo codes.
`

/** For logs of builds, tests and services: one line or one failure an item. */
const logsProfile = `name: Logs
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

/** For issues, pull requests and bug reports. A string and no file of its own: bundle, tests and plain Node then read it alike. */
const issuesProfile = `name: Issues
categories:
  - name: Bug
    description: Something is broken or wrong; an error, exception, failure, regression or incorrect result.
    weight: boost
    children:
      - name: Crash
        description: It crashes, hangs, freezes or quits; segfault, panic, abort, fatal, stack trace.
        weight: max
      - name: Data Loss
        description: Data is lost, corrupted, overwritten, deleted, missing or not saved.
        weight: max
      - name: Performance
        description: Slow, lagging, blocking; high CPU or memory, leak, latency, seconds to load.
      - name: Flaky Test
        description: A test fails intermittently, randomly or only on CI; flake, race, rerun.
        weight: normal
  - name: Security
    description: Vulnerability, exploit, injection, XSS, CVE, leaked token, password or credentials, permission bypass.
    weight: max
  - name: Feature Request
    description: A wish for something new; add, support, allow, option, setting, enhancement, proposal.
  - name: Question
    description: Somebody asks for help; question, possible, confused, understand, explain, recommended.
    weight: reduce
  - name: Documentation
    description: Docs, readme, guide, example, tutorial, typo, wording, broken link, outdated page.
  - name: User Interface
    description: Button, dialog, menu, layout, theme, dark mode, color, contrast, icon, keyboard, screen reader, accessibility.
  - name: Build and Release
    description: Install, build, compile, packaging, dependency, upgrade, CI workflow, release, version, migration.
    children:
      - name: Compatibility
        description: Works on one platform only; Windows, macOS, Linux, ARM, browser, Node, older versions.
  - name: Spam
    description: Advertising, promotion, giveaway, casino, crypto, followers, discount, buy, click.
    weight: block
interests: >-
  Crashes, data loss, security. Regressions. Steps to reproduce.
anti_interests: >-
  Advertising. Giveaways.
`

/** The ready-made profiles as YAML, by name: what `--profile NAME` takes, and a start for somebody's own file. */
export const presetProfiles: Readonly<Record<string, string>> = {
  issues: issuesProfile,
  logs: logsProfile,
  feedback: feedbackProfile,
}

export const presetNames: readonly string[] = Object.keys(presetProfiles)

/** Fails with `profile_invalid` when there is no profile of that name. */
export function findPreset(name: string): Outcome<Profile> {
  const text = Object.hasOwn(presetProfiles, name) ? presetProfiles[name] : undefined
  if (text !== undefined) return readProfile(text, name)
  const sentence = localizable('there is no ready-made profile "{0}"; there are {1}', name, presetNames.join(', '))
  return fail({ code: 'profile_invalid', file: name, problems: [{ path: '', ...withMessage('message', sentence) }] })
}
