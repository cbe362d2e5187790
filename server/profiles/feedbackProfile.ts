/** For reviews, tickets, surveys and other words of users. */
export const feedbackProfile = `name: Feedback
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
