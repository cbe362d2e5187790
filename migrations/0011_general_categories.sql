-- Folders for which a person chose the stored profile. A folder with a profile of its own has chosen by that.
CREATE TABLE profile_choices (
  id INTEGER PRIMARY KEY,
  folder TEXT NOT NULL UNIQUE,
  updated_at TEXT NOT NULL
) STRICT;

-- A store whose categories were made a moment ago, by 0003 in this same upgrade, begins with a list that fits any text instead of that
-- of a news reader. Whoever had categories before keeps them.
DELETE FROM categories WHERE (SELECT applied_at FROM schema_migrations WHERE number = 3) = :now;

INSERT INTO categories (slug, name, description, parent, updated_at)
SELECT slug, name, description, parent, :now FROM (
  SELECT 'problem' AS slug, 'Problem' AS name, 'Something is wrong or does not work; problem, issue, bug, broken, fails, wrong, incorrect.' AS description, NULL AS parent
  UNION ALL SELECT 'question', 'Question', 'Somebody asks for help or an explanation; question, how, why, where, possible, unclear, understand.', NULL
  UNION ALL SELECT 'request', 'Request', 'Somebody wants something done; request, order, change, please send, arrange, apply.', NULL
  UNION ALL SELECT 'feedback', 'Feedback', 'An opinion or experience; review, rating, experience, opinion, feedback.', NULL
  UNION ALL SELECT 'money-and-billing', 'Money and Billing', 'Price, cost, payment, invoice, charge, fee, card, bank, budget, tax, subscription.', NULL
  UNION ALL SELECT 'account-and-access', 'Account and Access', 'Account, login, sign in, password, verification, permission, profile, identity.', NULL
  UNION ALL SELECT 'security-and-privacy', 'Security and Privacy', 'Vulnerability, attack, fraud, phishing, leak, password exposed, personal data, encryption, consent.', NULL
  UNION ALL SELECT 'planning', 'Planning', 'What is to be done; plan, roadmap, goal, schedule, milestone, deadline, priority.', NULL
  UNION ALL SELECT 'information', 'Information', 'Facts told to whoever wants to know; description, background, summary, overview, notice.', NULL
  UNION ALL SELECT 'personal', 'Personal', 'One''s own life and thoughts; diary, family, friend, idea, reflection, travel, health, book.', NULL
  UNION ALL SELECT 'spam', 'Spam', 'Advertising, promotion, giveaway, casino, crypto, followers, click, discount code.', NULL
  UNION ALL SELECT 'error-or-crash', 'Error or Crash', 'Error message, exception, crash, freeze, hang, stack trace, does not start.', 'problem'
  UNION ALL SELECT 'outage-or-delay', 'Outage or Delay', 'Down, unavailable, slow, late, timeout, still waiting, pending, not arrived.', 'problem'
  UNION ALL SELECT 'loss-or-damage', 'Loss or Damage', 'Lost, missing, deleted, corrupted, overwritten, damaged, stolen.', 'problem'
  UNION ALL SELECT 'feature-request', 'Feature Request', 'A wish for something new or better; feature, add, support, option, improve, suggestion, proposal.', 'request'
  UNION ALL SELECT 'cancellation-or-return', 'Cancellation or Return', 'Cancel, close, refund, return, exchange, unsubscribe, terminate.', 'request'
  UNION ALL SELECT 'praise', 'Praise', 'Great, excellent, perfect, recommend, happy, best, thank you.', 'feedback'
  UNION ALL SELECT 'complaint', 'Complaint', 'Disappointed, unhappy, bad, poor, worst, annoying, unacceptable, frustrating.', 'feedback'
  UNION ALL SELECT 'task', 'Task', 'To do, action item, follow up, checklist, assigned, remind.', 'planning'
  UNION ALL SELECT 'meeting', 'Meeting', 'Meeting, agenda, minutes, attendees, call, discussed, appointment.', 'planning'
  UNION ALL SELECT 'decision', 'Decision', 'Decided, decision, agreed, approved, rejected, chose, trade-off.', 'planning'
  UNION ALL SELECT 'announcement', 'Announcement', 'News, release, launch, update, new version, change of terms, event, invitation.', 'information'
  UNION ALL SELECT 'guide-or-reference', 'Guide or Reference', 'Instructions, documentation, tutorial, example, steps, definition, specification, list.', 'information'
  UNION ALL SELECT 'report-or-result', 'Report or Result', 'Status, result, measurement, log entry, finished, completed, analysis, statistics, findings.', 'information'
) WHERE (SELECT applied_at FROM schema_migrations WHERE number = 3) = :now;
