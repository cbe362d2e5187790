import type { Command } from 'commander'
import { type DecisionAnswer, DecisionQuestion, type DecisionReport } from '../../protocol/decisions.ts'
import { assertNever, ModelId } from '../../protocol/names.ts'
import { usd } from '../describe/usageText.ts'
import { print } from '../invocation/invocation.ts'
import { readText } from '../invocation/readText.ts'
import { UsageError } from '../invocation/usageError.ts'
import { findProfileFolder } from '../runs/profileFolder.ts'
import { coloursFor } from '../terminal/colours.ts'
import { count, duration } from '../terminal/format.ts'
import { cut, oneLine } from '../terminal/plainText.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import type { Sink } from '../terminal/terminal.ts'
import { collect, type Execute, examples, matching, providerId } from './execute.ts'

interface DecideOptions {
  model: [provider: string, model: string]
  choice?: string[]
  score?: string[]
  yesNo?: string[]
}

export function addDecideCommand(program: Command, execute: Execute): void {
  program
    .command('decide')
    .summary('ask a decision model typed questions about a text')
    .description(
      'Asks typed questions about a text and shows how probable each answer is. For decision models: see "provider models". Your text is sent to the provider; it is not stored here.',
    )
    .argument('<text>', 'the text; - for standard input')
    .requiredOption('--model <provider/model>', 'the decision model', providerAndModel)
    .option('--choice <options>', 'which of these fits best; repeat it for more questions', collect)
    .option('--score <levels>', 'where it is on this scale, lowest level first; repeat it for more', collect)
    .option('--yes-no <question>', 'a question to answer with yes or no; repeat it for more', collect)
    .addHelpText(
      'after',
      `${examples(
        'llm-providers decide "It crashes at start" --model ollama/nimble --choice "bug,question,praise"',
        'llm-providers decide - --model openai/gpt-6-luna --choice "Team: ui=windows and menus,core=everything else" < issue.txt',
        'llm-providers decide "Refund me" --model box/jev --score "Tone: rude,neutral,kind" --yes-no "Is it urgent?" --json',
      )}
Options and levels are separated by commas, or by semicolons if there are any. A question may come
first: "Which team? ui,core" or "Team: ui,core". An option may have a description: "ui=windows and menus".`,
    )
    .action((word: string, options: DecideOptions, command: Command) => {
      const questions = questionsOf(options)
      return execute(command, async (invocation, { client }) => {
        const input = word === '-' ? await readText(invocation.terminal, '-') : word
        if (input.trim() === '') throw new UsageError('The text is empty')
        const [provider, model] = options.model
        const workspaceFolder = await findProfileFolder(invocation.terminal.workingFolder)
        const request = { provider, model, input, questions, workspaceFolder }
        const outcome = await client.request('model/decide', request)
        return print(invocation, outcome, (report) => reportText(invocation.terminal.stdout, report, questions))
      })
    })
}

const modelId = matching(ModelId, 'the name of a model')

/** `PROVIDER/MODEL`; a model's own name may have more of them. */
export function providerAndModel(word: string): [string, string] {
  const slash = word.indexOf('/')
  if (slash < 1) throw new UsageError(`"${cut(oneLine(word), 60)}" names no model: PROVIDER/MODEL`)
  return [providerId(word.slice(0, slash)), modelId(word.slice(slash + 1))]
}

function questionsOf({ choice = [], score = [], yesNo = [] }: DecideOptions): DecisionQuestion[] {
  const questions = [...choice.map(choiceOf), ...score.map(scoreOf), ...yesNo.map(yesNoOf)]
  if (questions.length === 0) throw new UsageError('Nothing is asked: --choice, --score or --yes-no')
  const names = numbered(questions.map(({ name }) => name))
  return questions.map((question, place) => ({ ...question, name: names[place] ?? question.name }))
}

/** Two questions without words of their own are told apart by a number. */
function numbered(names: readonly string[]): string[] {
  return names.map((name, place) => {
    const before = names.slice(0, place).filter((other) => other === name).length
    return before === 0 ? name : `${name} ${before + 1}`
  })
}

function choiceOf(word: string): DecisionQuestion {
  const { asked, parts } = partsOf(word, '--choice')
  const options = parts.map((part) => {
    const [name = '', ...description] = part.split('=')
    const words = description.join('=').trim()
    return { name: name.trim(), ...(words === '' ? {} : { description: words }) }
  })
  const instructions =
    asked === '' ? 'Which one fits the text best?' : asInstruction(asked, 'which one fits the text best?')
  return checked({ type: 'choice', name: asked || 'choice', instructions, options }, '--choice', '2 to 1,000 options')
}

function scoreOf(word: string): DecisionQuestion {
  const { asked, parts: levels } = partsOf(word, '--score')
  const instructions =
    asked === '' ? 'Which level is the text on?' : asInstruction(asked, 'which level is the text on?')
  return checked({ type: 'score', name: asked || 'score', instructions, levels }, '--score', '2 to 10 levels')
}

function yesNoOf(word: string): DecisionQuestion {
  const asked = word.trim()
  return checked({ type: 'predicate', name: cut(asked, 100), instructions: asked }, '--yes-no', 'a question')
}

function partsOf(word: string, option: string): { asked: string; parts: string[] } {
  const [, front = '', list = ''] = /^(?:([^,;=]*?)(?::|(?<=\?))\s)?(.*)$/s.exec(word) ?? []
  const parts = list.split(list.includes(';') ? ';' : ',').map((part) => part.trim())
  if (parts.some((part) => part === '' || part.startsWith('='))) throw new UsageError(`${option} has an empty entry`)
  return { asked: front.trim(), parts }
}

function asInstruction(asked: string, otherwise: string): string {
  return asked.endsWith('?') ? asked : `${asked}: ${otherwise}`
}

function checked(question: DecisionQuestion, option: string, wanted: string): DecisionQuestion {
  const parsed = DecisionQuestion.safeParse(question)
  if (parsed.success) return parsed.data
  throw new UsageError(`${option} takes ${wanted}`)
}

interface AnswerRow {
  question: string
  answer: string
  probability: number | null
  isBest: boolean
}

const widestBar = 20

const columns: readonly Column<AnswerRow>[] = [
  { heading: 'question', text: ({ question }) => question, most: 30 },
  {
    heading: 'answer',
    text: ({ answer }) => answer,
    most: 40,
    paint: (text, { isBest }, colours) => (isBest ? colours.good(text) : text),
  },
  {
    heading: 'probable',
    text: ({ probability }) => (probability === null ? '' : `${(probability * 100).toFixed(1)} %`),
    align: 'right',
  },
  { heading: '', text: ({ probability }) => '█'.repeat(Math.round((probability ?? 0) * widestBar)), most: widestBar },
]

function reportText(sink: Sink, report: DecisionReport, questions: readonly DecisionQuestion[]): string {
  const rows = report.answers.flatMap((answer, place) => rowsOf(answer, questions[place]))
  const { provider, model, answeredBy, latencyMs, usage, costUsd } = report
  const version = answeredBy === null || answeredBy === model ? '' : `, as ${answeredBy}`
  const tokens = usage.input === null ? 'usage not reported' : `${count(usage.input, 'token')} in`
  const cost = costUsd === null ? 'price unknown' : usd(costUsd)
  const by = `${provider} / ${model}${version} answered in ${duration(latencyMs)}, ${tokens}, ${cost}`
  return `${renderTable(sink, columns, rows)}\n\n${coloursFor(sink).quiet(oneLine(by))}`
}

/** The question's name stands in the first row only; the most probable answers first, levels in their order. */
function rowsOf(answer: DecisionAnswer, question: DecisionQuestion | undefined): AnswerRow[] {
  const { name, type } = answer
  switch (type) {
    case 'choice': {
      const sorted = Object.entries(answer.probabilities).toSorted(([, one], [, other]) => other - one)
      return sorted.map(([option, probability], place) => ({
        ...{ question: place === 0 ? name : '', answer: option, probability },
        isBest: option === answer.choice,
      }))
    }
    case 'score': {
      const levels = question?.type === 'score' ? question.levels : []
      const most = Math.max(...answer.probabilities)
      return answer.probabilities.map((probability, level) => ({
        question: level === 0 ? `${name}: ${answer.score.toFixed(2)} of ${answer.probabilities.length - 1}` : '',
        ...{ answer: `${level} ${levels[level] ?? ''}`, probability, isBest: probability === most },
      }))
    }
    case 'predicate': {
      const { probability } = answer
      return [
        {
          question: name,
          answer: probability >= 0.5 ? 'yes' : 'no',
          probability: probability >= 0.5 ? probability : 1 - probability,
          isBest: true,
        },
      ]
    }
    case 'refusal':
      return [{ question: name, answer: 'refused', probability: null, isBest: false }]
    default:
      return assertNever(type)
  }
}
