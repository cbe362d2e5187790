import { githubApi, type LabelPlan } from '../protocol/github.ts'

export type Shell = 'sh' | 'powershell'

export interface GhCommands {
  /** One line an issue. */
  lines: string[]
  /** Issues with a label that cannot be written down safely for this shell. */
  left: number[]
}

/** The plan as commands of GitHub's own program. Nothing of an issue's text is in them, and every label is one quoted word. */
export function ghCommands(
  { repo, api, changes }: Pick<LabelPlan, 'repo' | 'api' | 'changes'>,
  shell: Shell,
): GhCommands {
  const named = api === githubApi ? repo : `${api.replace(/^https?:\/\//, '').split('/')[0]}/${repo}`
  const result: GhCommands = { lines: [], left: [] }
  for (const { number, add, remove } of changes) {
    const words = [...option('--add-label', add), ...option('--remove-label', remove)]
    if ([...add, ...remove].some((label) => !isWritable(label, shell))) result.left.push(number)
    else
      result.lines.push(
        `gh issue edit ${number} --repo ${quote(named, shell)} ${words.map((word) => quote(word, shell)).join(' ')}`,
      )
  }
  return result
}

/** `gh` reads the value as a line of CSV. The equals sign keeps a label that begins with a hyphen from being an option. */
function option(name: string, labels: readonly string[]): string[] {
  return labels.length === 0 ? [] : [`${name}=${labels.map(asCsv).join(',')}`]
}

function asCsv(label: string): string {
  return /[",]/.test(label) ? `"${label.replaceAll('"', '""')}"` : label
}

/** Line breaks and the like would be shown as something else than they are; PowerShell loses quotation marks on the way to a program. */
function isWritable(label: string, shell: Shell): boolean {
  if (/[\p{Cc}\u2028\u2029]/u.test(label) || /[\u202A-\u202E\u2066-\u2069]/.test(label)) return false
  return shell === 'sh' || !/[",\u2018-\u201B\\]/.test(label)
}

/** Nothing within single quotes means anything to either shell. */
function quote(word: string, shell: Shell): string {
  return shell === 'sh' ? `'${word.replaceAll("'", `'\\''`)}'` : `'${word.replaceAll("'", "''")}'`
}
