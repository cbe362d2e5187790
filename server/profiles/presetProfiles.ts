import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Profile, ReadyMadeProfile } from '../../protocol/profile.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { slugOf } from '../domain/categoryNames.ts'
import { readProfile } from './readProfile.ts'
import { readyMadeCriteria } from './readyMadeCriteria.ts'

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

/** For tickets and messages to a help desk, of a shop as well as of a service. */
const supportProfile = `name: Support
categories:
  - name: Technical Problem
    description: Something does not work; error, bug, broken, fails, crash, cannot open, stopped working.
    weight: boost
    children:
      - name: Outage
        description: The service is down, unavailable or unreachable for everybody; status page, timeout.
        weight: max
      - name: Slow Service
        description: Slow, lag, waiting, takes minutes, hangs, loading.
  - name: How-To Question
    description: Somebody asks how something is done; how do I, where, which, possible, explain, guide, setting.
  - name: Account and Login
    description: Sign in, login, password, locked out, verification code, email change, profile, two-factor, PIN.
  - name: Billing and Payment
    description: Invoice, charge, charged twice, payment declined, card, bank, transfer, fee, price, tax, receipt, exchange rate.
    children:
      - name: Refund
        description: Money back; refund, chargeback, reimbursed, reverted, credited.
        weight: boost
      - name: Subscription
        description: Plan, upgrade, downgrade, renewal, trial, seat, license.
  - name: Cancellation
    description: Whoever wants to leave; cancel, close or delete the account, terminate, unsubscribe.
    weight: boost
  - name: Order and Delivery
    description: Order, shipping, parcel, package, tracking, courier, delivery, arrived, address, stock.
    children:
      - name: Return or Exchange
        description: Return, exchange, replacement, warranty, damaged, defective, wrong item, wrong size.
  - name: Fraud and Security
    description: Stolen, lost card or phone, fraud, phishing, hacked, suspicious login, transaction not recognized, unauthorized.
    weight: max
  - name: Privacy and Data
    description: Personal data, GDPR, consent, export or erase my data, identity, verification of documents.
  - name: Feature Request
    description: A wish for something new; feature, missing, add, support, integration, would be great.
  - name: Complaint
    description: Unhappy with the service; disappointed, unacceptable, rude, no reply, escalate, manager, waiting for weeks.
    weight: boost
  - name: Praise
    description: Thank you, great help, excellent, happy, recommend, solved quickly.
    weight: reduce
  - name: Sales Question
    description: Before buying; quote, offer, discount, demo, pricing for a team, availability, compare plans.
  - name: Spam
    description: Advertising, promotion, SEO offer, guest post, casino, crypto, out of office, newsletter.
    weight: block
interests: >-
  Outages. Fraud. Customers about to leave. Money that is owed.
anti_interests: >-
  Advertising. Automatic replies.
`

/** For findings of scanners, audits, penetration tests and bug bounties. */
const securityProfile = `name: Security findings
categories:
  - name: Injection
    description: Untrusted input becomes code or a query; SQL, command, LDAP, template or log injection, eval, deserialization.
    weight: max
  - name: Cross-Site Scripting
    description: XSS, unescaped HTML, innerHTML, script in a page, content security policy.
    weight: boost
  - name: Broken Authentication
    description: Login, session, token, JWT, password policy, brute force, multi-factor, OAuth.
    weight: max
  - name: Broken Access Control
    description: Privilege escalation, missing authorization, IDOR, permission bypass, CORS, CSRF, forced browsing.
    weight: max
  - name: Exposed Secret
    description: Hard-coded password, API key, private key, credential or token in code, log or repository.
    weight: max
  - name: Weak Cryptography
    description: MD5, SHA-1, DES, weak cipher, short key, predictable random, TLS, certificate not verified.
  - name: Vulnerable Dependency
    description: CVE or advisory in a library, package, base image or component; outdated version, upgrade to.
    weight: boost
  - name: Misconfiguration
    description: Insecure default, debug mode, open port, public bucket, missing header, Dockerfile, Terraform, Kubernetes, cloud policy.
  - name: File and Path Handling
    description: Path traversal, arbitrary file read or write, upload, symlink, zip slip, temporary file.
    weight: boost
  - name: Server-Side Request Forgery
    description: SSRF, open redirect, URL from user input, metadata endpoint, webhook.
    weight: boost
  - name: Memory Safety
    description: Buffer overflow, use after free, out-of-bounds, null dereference, integer overflow, double free.
    weight: boost
  - name: Denial of Service
    description: Regular expression backtracking, ReDoS, unbounded allocation, rate limit, resource exhaustion, infinite loop.
  - name: Data Exposure
    description: Personal or sensitive data in logs, responses, error messages or backups; leak, unencrypted, PII.
    weight: boost
  - name: Race Condition
    description: Time of check to time of use, TOCTOU, concurrency, locking, double spending.
  - name: Code Quality
    description: No weakness by itself; style, dead code, unused, complexity, naming, deprecated call.
    weight: reduce
  - name: Likely False Positive
    description: Test code, example, fixture, documentation, generated or vendored file, unreachable.
    weight: reduce
interests: >-
  What can be exploited from outside without an account. Exposed secrets. A fix is known.
anti_interests: >-
  Style. Findings in tests and examples.
`

/** For a person's own notes, journals and minutes. */
const notesProfile = `name: Notes
categories:
  - name: Task
    description: Something to do; todo, action item, checklist, deadline, remind, follow up, assigned.
    weight: boost
  - name: Decision
    description: What was decided and why; decision, agreed, chose, rejected, trade-off, because.
    weight: boost
  - name: Plan
    description: What is to come; project, roadmap, milestone, goal, quarter, budget, schedule, next steps.
  - name: Meeting
    description: Minutes and conversations; meeting, agenda, attendees, call, discussed, standup, interview.
  - name: Idea
    description: A thought to come back to; idea, concept, what if, brainstorm, sketch, hypothesis.
  - name: Open Question
    description: Not yet known; question, unclear, find out, ask, investigate, why.
  - name: Incident
    description: Something went wrong and what was learned; outage, root cause, timeline, postmortem, fix, workaround.
    weight: boost
  - name: How-To
    description: Steps to do something again; instructions, recipe, setup, command, configuration, checklist, snippet.
  - name: Reference
    description: Facts to look up; definition, list, table, contact, address, specification, glossary, quote.
  - name: Reading and Watching
    description: Books, articles, papers, talks, videos; summary, highlights, reading list, author, recommended.
  - name: Journal
    description: How a day or week went; diary, today, felt, mood, gratitude, reflection, habit.
    weight: reduce
  - name: People
    description: Somebody in particular; birthday, family, friend, colleague, feedback, one-on-one, gift.
  - name: Money
    description: Cost, invoice, tax, insurance, rent, salary, subscription, savings, purchase.
  - name: Travel
    description: Trip, flight, hotel, train, booking, itinerary, packing, visa, places to see.
  - name: Health
    description: Doctor, symptom, medication, exercise, sleep, diet, appointment.
interests: >-
  What is still to be done. Decisions with their reasons. What was learned.
anti_interests: >-
  Fragments without context.
`

/** What newcomers had for a list before there was a general one: a news reader's. */
const newsProfile = `name: News
categories:
  - name: Technology
    description: Computers, the internet, devices and the companies and people who build them.
    children:
      - name: Software Development
        description: Programming languages, libraries, tools, bugs, releases, code review and testing.
      - name: Artificial Intelligence
        description: Machine learning, language models, neural networks, training, prompts and AI agents.
      - name: Cybersecurity
        description: Vulnerabilities, attacks, malware, passwords, encryption, privacy and data leaks.
      - name: Hardware
        description: Chips, processors, laptops, phones, sensors, robots and other devices.
  - name: Science
    description: Research, discoveries, experiments and studies in the natural sciences and mathematics.
    children:
      - name: Space
        description: Astronomy, planets, telescopes, rockets, satellites and missions.
      - name: Environment
        description: Climate change, weather, energy, pollution, animals, plants and conservation.
  - name: Business
    description: Companies, markets, trade, management, work and the economy.
    children:
      - name: Finance
        description: Banks, investing, stocks, interest rates, taxes, currencies and personal money.
      - name: Startups
        description: Founders, young companies, venture capital, funding rounds and product launches.
  - name: Entertainment
    description: "Leisure and show: celebrities, music, streaming, comedy, sport as a spectacle."
    children:
      - name: Games
        description: Video games, consoles, board games, studios and players.
      - name: Film and Television
        description: Movies, series, actors, directors, cinemas and streaming releases.
  - name: Culture
    description: Art, history, language, religion, design, museums and the way people live together.
    children:
      - name: Books
        description: Novels, authors, publishers, poetry, reading and literary criticism.
  - name: Health
    description: Medicine, diseases, hospitals, patients, fitness, food and well-being.
    children:
      - name: Mental Health
        description: Stress, sleep, depression, anxiety, therapy, mindfulness and burnout.
  - name: Politics
    description: Governments, parties, elections, diplomacy, conflicts and public policy.
    children:
      - name: Law and Policy
        description: Courts, lawsuits, legislation, regulation, rights and enforcement.
  - name: Education
    description: Schools, universities, teachers, students, teaching and learning.
    children:
      - name: Online Learning
        description: Courses, tutorials, certificates, study tools and teaching on the internet.
`

/** What a new store begins with, where nobody has said what the items are; 0011_general_categories.sql has the same. */
const generalProfile = `name: General
categories:
  - name: Problem
    description: Something is wrong or does not work; problem, issue, bug, broken, fails, wrong, incorrect.
    children:
      - name: Error or Crash
        description: Error message, exception, crash, freeze, hang, stack trace, does not start.
      - name: Outage or Delay
        description: Down, unavailable, slow, late, timeout, still waiting, pending, not arrived.
      - name: Loss or Damage
        description: Lost, missing, deleted, corrupted, overwritten, damaged, stolen.
  - name: Question
    description: Somebody asks for help or an explanation; question, how, why, where, possible, unclear, understand.
  - name: Request
    description: Somebody wants something done; request, order, change, please send, arrange, apply.
    children:
      - name: Feature Request
        description: A wish for something new or better; feature, add, support, option, improve, suggestion, proposal.
      - name: Cancellation or Return
        description: Cancel, close, refund, return, exchange, unsubscribe, terminate.
  - name: Feedback
    description: An opinion or experience; review, rating, experience, opinion, feedback.
    children:
      - name: Praise
        description: Great, excellent, perfect, recommend, happy, best, thank you.
      - name: Complaint
        description: Disappointed, unhappy, bad, poor, worst, annoying, unacceptable, frustrating.
  - name: Money and Billing
    description: Price, cost, payment, invoice, charge, fee, card, bank, budget, tax, subscription.
  - name: Account and Access
    description: Account, login, sign in, password, verification, permission, profile, identity.
  - name: Security and Privacy
    description: Vulnerability, attack, fraud, phishing, leak, password exposed, personal data, encryption, consent.
  - name: Planning
    description: What is to be done; plan, roadmap, goal, schedule, milestone, deadline, priority.
    children:
      - name: Task
        description: To do, action item, follow up, checklist, assigned, remind.
      - name: Meeting
        description: Meeting, agenda, minutes, attendees, call, discussed, appointment.
      - name: Decision
        description: Decided, decision, agreed, approved, rejected, chose, trade-off.
  - name: Information
    description: Facts told to whoever wants to know; description, background, summary, overview, notice.
    children:
      - name: Announcement
        description: News, release, launch, update, new version, change of terms, event, invitation.
      - name: Guide or Reference
        description: Instructions, documentation, tutorial, example, steps, definition, specification, list.
      - name: Report or Result
        description: Status, result, measurement, log entry, finished, completed, analysis, statistics, findings.
  - name: Personal
    description: One's own life and thoughts; diary, family, friend, idea, reflection, travel, health, book.
  - name: Spam
    description: Advertising, promotion, giveaway, casino, crypto, followers, click, discount code.
`

/** The ready-made profiles as YAML, by name: what `--profile NAME` takes, and a start for somebody's own file. */
export /** For the outputs of a model: by what is wrong with them. */
const answersProfile = `name: Answers
categories:
  - name: Correct Answer
    description: It says what was asked for, and it is right.
  - name: Wrong Answer
    description: It contradicts the reference answer or the question, or makes something up.
    weight: reduce
  - name: Refusal
    description: It declines to answer; cannot help, as an AI, not able to, against the rules.
    weight: reduce
  - name: Incomplete Answer
    description: It leaves out a part of what was asked for, or breaks off.
    weight: reduce
  - name: Off Topic
    description: It answers another question.
    weight: reduce
criteria: answers
`

const presetProfiles: Readonly<Record<string, string>> = {
  issues: issuesProfile,
  feedback: feedbackProfile,
  support: supportProfile,
  logs: logsProfile,
  news: newsProfile,
  'security-findings': securityProfile,
  notes: notesProfile,
  general: generalProfile,
  sarif: `${securityProfile.replace('name: Security findings', 'name: SARIF')}criteria: sarif\n`,
  answers: answersProfile,
}

export const presetNames: readonly string[] = Object.keys(presetProfiles)

/** What each is for, to choose by. */
const purposes: Readonly<Record<string, { title: LocalizableMessage; purpose: LocalizableMessage }>> = {
  issues: {
    title: localizable('Issues'),
    purpose: localizable('Bug reports, feature requests and pull requests of a software project.'),
  },
  feedback: {
    title: localizable('Feedback'),
    purpose: localizable('Reviews, survey answers and other words of users about a product.'),
  },
  support: {
    title: localizable('Support'),
    purpose: localizable('Tickets and messages to a help desk, of a shop or of a service.'),
  },
  logs: {
    title: localizable('Logs'),
    purpose: localizable('Lines and failures from the logs of builds, tests and services.'),
  },
  news: {
    title: localizable('News'),
    purpose: localizable('Articles and posts from news, blogs and feeds, sorted by topic.'),
  },
  'security-findings': {
    title: localizable('Security findings'),
    purpose: localizable('Findings of scanners, audits and penetration tests.'),
  },
  notes: {
    title: localizable('Notes'),
    purpose: localizable('Your own notes: tasks, decisions, meetings, ideas, journals.'),
  },
  general: {
    title: localizable('General'),
    purpose: localizable('Any text, when none of the others fits; new installations begin with it.'),
  },
  sarif: {
    title: localizable('SARIF'),
    purpose: localizable('Findings of scanners, judged by whether they are real and how easily they can be exploited.'),
  },
  answers: {
    title: localizable('Answers'),
    purpose: localizable(
      'Answers of a model, each passed or failed on four points; a reference answer may stand beside it.',
    ),
  },
}

/** All of them, with what each is for. */
export function listPresets(): ReadyMadeProfile[] {
  return presetNames.flatMap((name) => {
    const found = findPreset(name)
    const purpose = purposes[name]
    if (!found.ok || purpose === undefined) throw new Error(`the ready-made profile ${name} cannot be used`)
    const criteria = Object.hasOwn(readyMadeCriteria, name) ? { criteria: [...(readyMadeCriteria[name] ?? [])] } : {}
    return [{ name, title: purpose.title.text, description: purpose.purpose.text, profile: found.value, ...criteria }]
  })
}

/** Spaces, capitals and hyphens do not count: "Security findings". Fails with `profile_invalid` when there is no profile of that name. */
export function findPreset(name: string): Outcome<Profile> {
  const key = slugOf(name)
  const text = name.trim() !== '' && Object.hasOwn(presetProfiles, key) ? presetProfiles[key] : undefined
  if (text !== undefined) return readProfile(text, name)
  const sentence = localizable('there is no ready-made profile "{0}"; there are {1}', name, presetNames.join(', '))
  return fail({ code: 'profile_invalid', file: name, problems: [{ path: '', ...withMessage('message', sentence) }] })
}
