// The support tickets of the film and of the walkthrough's pictures, and a model that knows them: a person has written what it says.

/** Subject and message; then what the model says: category, confidence, interest, quality, reasoning. */
const tickets = [
  [
    'Charged twice',
    'My card was charged twice for order 88213. Please send one of the two payments back.',
    'Refund',
    0.95,
    8,
    7,
    'Money is owed, and the order number is given.',
  ],
  [
    'Checkout is down',
    'Since 9:40 nobody in our office can check out. The page ends in a 503.',
    'Outage',
    0.95,
    10,
    8,
    'An outage that stops orders, with its time and its error.',
  ],
  [
    'Lamp arrived broken',
    'The glass shade was in pieces. The box looked fine from the outside.',
    'Return or Exchange',
    0.9,
    6,
    7,
    'A damaged delivery, described clearly.',
  ],
  [
    'Where is my parcel?',
    'Tracking has said "in transit" for six days now.',
    'Order and Delivery',
    0.9,
    5,
    6,
    'A late parcel; nothing is lost yet.',
  ],
  [
    'Love the new dimmer',
    'It just works. Thank you for the quick delivery!',
    'Praise',
    0.95,
    2,
    4,
    'Kind words, nothing to do.',
  ],
  [
    'Invoice without VAT number',
    'Our accountant cannot use the invoice: the VAT number is missing on it.',
    'Billing and Payment',
    0.9,
    5,
    7,
    'An invoice that has to be written again.',
  ],
  [
    'Locked out',
    'The verification code never arrives, so I cannot sign in on my new phone.',
    'Account and Login',
    0.95,
    6,
    7,
    'A customer who cannot sign in, with the cause.',
  ],
  [
    'Cancel my subscription',
    'Please end the bulb subscription at the end of this month.',
    'Cancellation',
    0.95,
    8,
    6,
    'A customer who leaves.',
  ],
  [
    'Was that e-mail from you?',
    'A message in your name asks for my card number to "unlock" the order.',
    'Fraud and Security',
    0.9,
    10,
    8,
    'Phishing in our name: others have it, too.',
  ],
  [
    'Rank first on search engines',
    'We place your shop on page one, guaranteed. Reply for our offer!',
    'Spam',
    0.95,
    0,
    1,
    'Advertising.',
  ],
  [
    'Discount for 40 lamps?',
    'We furnish a hotel and need 40 of the Aster floor lamps by May.',
    'Sales Question',
    0.9,
    7,
    7,
    'A large order, with the model and the date.',
  ],
  [
    'App is slow',
    'Opening the light schedule takes half a minute since the last update.',
    'Slow Service',
    0.85,
    7,
    7,
    'A slowdown since a version, easy to look into.',
  ],
  [
    'How do I pair two switches?',
    'The manual shows one switch per lamp. Can I use two?',
    'How-To Question',
    0.9,
    4,
    6,
    'A question that the manual leaves open.',
  ],
  [
    'Third mail without an answer',
    'I have written twice since March. Does anybody read this?',
    'Complaint',
    0.85,
    8,
    5,
    'Waits for weeks and says so.',
  ],
  [
    'Please delete my data',
    'Under the GDPR I ask you to erase everything you have about me.',
    'Privacy and Data',
    0.95,
    6,
    7,
    'A request with a legal deadline.',
  ],
  [
    'Sunrise mode',
    'It would be great if the lamp could wake me up with the weather in mind.',
    'Feature Request',
    0.9,
    3,
    6,
    'A wish, nicely put.',
  ],
  [
    'Wrong colour',
    'I ordered brass and got black. Can you send the right one?',
    'Return or Exchange',
    0.95,
    6,
    7,
    'The wrong article was sent.',
  ],
  [
    'Bulbs flicker after the update',
    'All six bulbs flicker at 30 % since firmware 2.4.',
    'Technical Problem',
    0.9,
    8,
    8,
    'A fault of a version, with its number.',
  ],
  [
    'Change the delivery address',
    'I moved. Please send order 88240 to the new address below.',
    'Order and Delivery',
    0.9,
    5,
    6,
    'Urgent only if it has not left yet.',
  ],
  [
    'Refund still missing',
    'You confirmed my return three weeks ago. The money has not come.',
    'Complaint',
    0.5,
    8,
    6,
    'Unhappy about a refund that is late.',
  ],
  [
    'Team plan',
    'Can we pay for five seats now and add two more in June?',
    'Subscription',
    0.85,
    6,
    6,
    'Wants to buy more seats.',
  ],
  [
    'Payment declined',
    'My card works everywhere else, but your shop declines it.',
    'Billing and Payment',
    0.9,
    7,
    6,
    'A sale that may be lost.',
  ],
  ['Out of office', 'I am on leave until Monday and will answer then.', 'Spam', 0.9, 0, 1, 'An automatic reply.'],
  [
    'Cheaper since Monday',
    'The Aster lamp costs 30 % less today. Can I have the difference back?',
    'Refund',
    0.8,
    6,
    6,
    'Asks for money back, with the article and the day.',
  ],
].map(([subject, message, category, confidence, interest, quality, reasoning], index) => ({
  ticket: `T-${1041 + index}`,
  subject,
  message,
  verdict: { categories: [category], confidence, suggested: null, interest, quality, reasoning },
}))

/** As a help desk exports them. */
export function ticketsCsv() {
  const quote = (text) => `"${text.replaceAll('"', '""')}"`
  const rows = tickets.map(({ ticket, subject, message }) => [ticket, quote(subject), quote(message)].join(','))
  return `${['ticket,subject,message', ...rows].join('\n')}\n`
}

/** What an Ollama answers that knows the tickets: of each item what its schema asks for. */
export function answerAboutTickets({ format, messages }) {
  const asked = Object.keys(format.$defs.v.properties)
  const items = [...messages.at(-1).content.matchAll(/<<<ITEM (\S+) \S+\n([\s\S]*?)\nITEM \1/g)]
  const verdicts = items.map(([, key, text]) => {
    const { verdict } = tickets.find(({ message }) => text.includes(message))
    return [key, Object.fromEntries(asked.map((name) => [name, verdict[name]]))]
  })
  return { content: JSON.stringify({ verdicts: Object.fromEntries(verdicts) }) }
}
