// `npm run bench -- --cost`: what both tasks of 200 items cost in tokens and calls: ourselves as a probe of the model lets us pack, with one
// item a call, and as separate calls of five, beside the `ai` SDK's structured output item by item. Tokens are those of a public
// tokenizer (o200k). `--data FOLDER` holds `banking77.jsonl` and `clinc150.jsonl`, `--json` gives the figures as one document.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText, jsonSchema, Output } from 'ai'
import Table from 'cli-table3'
import { encode } from 'gpt-tokenizer'
import { build } from './decisions.mjs'
import { endAll, runProcess } from './processes.mjs'
import { startScriptedModel } from './scriptedModel.mjs'

const count = 200
const goals = { in: 180, fresh: 110, out: 34, calls: 0.08, agreement: 0.5 }

const categories = [
  ['Accounts', 'Opening, closing and verifying an account.'],
  ['Auto and Commute', 'Cars, repairs, traffic and directions.'],
  ['Banking', 'Balances, transfers and statements.'],
  ['Cards', 'Ordering, losing and using payment cards.'],
  ['Credit', 'Limits, scores and loans.'],
  ['Home', 'Lists, lights, music and the calendar at home.'],
  ['Kitchen and Dining', 'Recipes, restaurants and what is eaten.'],
  ['Small Talk', 'Greetings, jokes and questions about the assistant.'],
  ['Top Up', 'Money that is added to an account, and its fees.'],
  ['Travel', 'Flights, hotels, visas and luggage.'],
  ['Utility', 'Weather, time, timers and calculations.'],
  ['Work', 'Pay, leave, taxes and insurance.'],
]
const interests = 'Problems that keep people from their money.'
const antiInterests = 'Chatter without a question.'

const profile = `categories:
${categories.map(([name, about]) => `  - name: ${name}\n    description: ${about}`).join('\n')}
category_choice: { max: 1 }
interests: ${interests}
anti_interests: ${antiInterests}
`

export async function runCost({ folder, isJson, dist }) {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'llm-providers-cost-'))
  process.once('exit', () => {
    endAll()
    rmSync(scratch, { recursive: true, force: true })
  })
  const items = readItems(folder)
  const server = await startScriptedModel((text, offered) => rightLabel(text, offered))
  const cliFile = path.join(dist ? path.resolve(dist) : build(scratch), 'cli.js')
  const input = path.join(scratch, 'items.jsonl')
  writeFileSync(input, items.map((item) => `${JSON.stringify(item)}\n`).join(''))
  const profileFile = path.join(scratch, 'profile.yaml')
  writeFileSync(profileFile, profile)
  const command = (...words) => runProcess([cliFile, ...words, '--data-dir', path.join(scratch, 'data')])
  await command('provider', 'add', 's', '--kind', 'openai-compatible', '--set', `base_url=${server.url}`)
  await command('model', 'test', 's', 'scripted', '--probe', '--yes')
  const probed = figuresOf(server.take(), count)
  const judge = async (name, ...options) => {
    const output = path.join(scratch, `${name}.jsonl`)
    const route = ['--provider', 's', '--model', 'scripted', '--profile', profileFile, '--yes', '--fresh']
    await command('run', input, ...route, ...options, '--output', output)
    const rows = readFileSync(output, 'utf8').trim().split('\n').map(JSON.parse)
    return { ...figuresOf(server.take(), count), labels: new Map(rows.map((row) => [row.id, row.categories?.[0]])) }
  }
  const ways = {
    'one call for both, packed as measured': await judge('packed'),
    'one call for both, one item a call': await judge('single', '--batch-size', '1'),
    'separate calls of five': await judge('separate', '--separate', '--batch-size', '5'),
    'ai SDK, one item a call': await judgeByAiSdk(items, server),
  }
  server.stop()
  const single = ways['one call for both, one item a call'].labels
  const figures = Object.entries(ways).map(([way, { labels, ...rest }]) => ({
    way,
    ...rest,
    agreement: agreementOf(labels, single),
  }))
  const isKept = report(figures, { isJson, probed, items })
  return isKept
}

/** In tokens an item. `fresh`: behind what is the same as in the call before it, or of the first call in the one after. */
function figuresOf(requests, items) {
  let [sent, fresh, out] = [0, 0, 0]
  for (const [at, { sent: text, answer }] of requests.entries()) {
    const beside = requests[at === 0 ? 1 : at - 1]?.sent ?? ''
    const tokens = encode(text).length
    let same = 0
    while (same < text.length && text.charCodeAt(same) === beside.charCodeAt(same)) same += 1
    sent += tokens
    fresh += tokens - encode(text.slice(0, same)).length
    out += encode(answer).length
  }
  return { in: sent / items, fresh: fresh / items, out: out / items, calls: requests.length / items }
}

async function judgeByAiSdk(items, server) {
  const model = createOpenAICompatible({ name: 's', baseURL: server.url, supportsStructuredOutputs: true })('scripted')
  const system = `Sort the ticket into one category and rate it for one reader.
Categories:
${categories.map(([name, about]) => `- ${name}: ${about}`).join('\n')}
The reader wants: ${interests}
The reader does not want: ${antiInterests}
interest: 0 to 10, how much the reader wants it. quality: 0 to 10, how well it is written. reasoning: one sentence.`
  const number = { type: 'integer', minimum: 0, maximum: 10 }
  const properties = {
    category: { type: 'string', enum: categories.map(([name]) => name) },
    ...{ interest: number, quality: number, reasoning: { type: 'string' } },
  }
  const schema = jsonSchema({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  })
  const labels = new Map()
  for (const { id, text } of items) {
    const { output } = await generateText({
      model,
      system,
      prompt: text,
      output: Output.object({ schema }),
      maxRetries: 0,
    })
    labels.set(id, output.category)
  }
  return { ...figuresOf(server.take(), items.length), labels }
}

function agreementOf(labels, others) {
  const alike = [...others].filter(([id, label]) => labels.get(id) === label)
  return (alike.length / others.size) * 100
}

/** Of a ticket by its number; of the sentences of a probe by what they are about. */
function rightLabel(text, offered) {
  if (offered.includes('Fruit')) return /slept|woods|pond|dog|horse/.test(text) ? 'Animal' : 'Fruit'
  return offered[Number(/Ticket (\d+)/.exec(text)?.[1] ?? 0) % offered.length]
}

/** Rows of the labelled sets, joined until an item has 60 tokens and more. */
function readItems(folder) {
  const read = (name) => readFileSync(path.join(folder, name), 'utf8').trim().split('\n')
  const rows = [...read('banking77.jsonl'), ...read('clinc150.jsonl')].map((line) => JSON.parse(line).text)
  let at = 0
  const next = () => rows[(at++ * 7919) % rows.length]
  return Array.from({ length: count }, (_, index) => {
    let text = `Ticket ${String(index).padStart(4, '0')}: ${next()}`
    while (encode(text).length < 60) text += ` ${next()}`
    return { id: `t${index}`, text }
  })
}

function report(figures, { isJson, probed, items }) {
  const [ours] = figures
  const mean = items.reduce((sum, { text }) => sum + encode(text).length, 0) / items.length
  const checks = [
    ['tokens in an item', ours.in, goals.in],
    ['of them beyond the shared prefix', ours.fresh, goals.fresh],
    ['tokens out an item', ours.out, goals.out],
    ['calls an item', ours.calls, goals.calls],
    ['points of agreement lost', 100 - ours.agreement, goals.agreement],
  ]
  if (isJson) console.log(JSON.stringify({ items: items.length, mean, figures, probed }, null, 2))
  else {
    const style = { head: [], border: [] }
    const head = ['both tasks of an item', 'tokens in', 'of them beyond the prefix', 'tokens out', 'calls', 'agreement']
    const table = new Table({ head, style })
    for (const { way, in: sent, fresh, out, calls, agreement } of figures)
      table.push([
        way,
        sent.toFixed(0),
        fresh.toFixed(0),
        out.toFixed(1),
        calls.toFixed(3),
        `${agreement.toFixed(1)} %`,
      ])
    const limits = new Table({ head: ['packed as measured', 'measured', 'to reach', ''], style })
    for (const [what, value, most] of checks)
      limits.push([what, value.toFixed(value < 1 ? 3 : 1), `<= ${most}`, value <= most ? 'kept' : 'MISSED'])
    console.log(
      `${table}\n${limits}\n${items.length} items of ${mean.toFixed(1)} tokens, 12 categories; agreement: with one item a call, of a scripted model that errs more beyond 25 items. Schemas count as sent, before the messages. Once for the model its probe took ${Math.round(probed.in * count)} tokens in and ${Math.round(probed.out * count)} out.`,
    )
  }
  return checks.every(([, value, most]) => value <= most)
}
