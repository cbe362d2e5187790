/** For issues, pull requests and bug reports. A string and no file of its own: bundle, tests and plain Node then read it alike. */
export const issuesProfile = `name: Issues
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
