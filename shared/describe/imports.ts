import type { ImportEntry, ImportForm, ImportKey } from '../../protocol/imports.ts'
import { assertNever } from '../../protocol/names.ts'
import type { Language } from '../language.ts'
import { formatPluralIn } from '../plural.ts'

/** Whose settings a file was recognised as. */
export function describeForm(language: Language, form: ImportForm): string {
  switch (form) {
    case 'continue':
      return 'Continue'
    case 'litellm':
      return 'LiteLLM'
    case 'roo':
      return 'Roo Code'
    case 'cline':
      return 'Cline'
    case 'vscode':
      return language.t('models of VS Code’s chat')
    case 'llm-keys':
      return language.t('keys of llm')
    case 'llm-aliases':
      return language.t('aliases of llm')
    case 'llm-models':
      return language.t('models of llm')
    case 'environment':
      return language.t('environment variables')
    case 'question-pack':
      return language.t('question pack')
    case 'codebook':
      return language.t('codebook')
    default:
      return assertNever(form)
  }
}

/** What would be made, in a line: what it is, and where it leads. */
export function describeEntry(language: Language, entry: ImportEntry): string {
  switch (entry.what) {
    case 'provider': {
      const place = entry.endpoint ?? entry.kind
      return entry.key
        ? `${entry.kind}, ${place}; ${describeImportKey(language, entry.key)}`
        : `${entry.kind}, ${place}`
    }
    case 'model': {
      const parameters = Object.entries(entry.parameters).map(([name, value]) => `${name}=${String(value)}`)
      return [entry.type, ...parameters].join(', ')
    }
    case 'alias':
      return `${entry.provider}/${entry.model}`
    case 'profile':
      return describeProfile(language, entry)
    default:
      return assertNever(entry)
  }
}

function describeProfile(language: Language, entry: Extract<ImportEntry, { what: 'profile' }>): string {
  const { categories, criteria, floors, hasGate, cases } = entry
  return [
    formatPluralIn(language, categories, '{0} category', '{0} categories'),
    formatPluralIn(language, criteria, '{0} criterion', '{0} criteria'),
    ...(floors > 0 ? [formatPluralIn(language, floors, '{0} floor', '{0} floors')] : []),
    ...(hasGate ? [language.t('a gate')] : []),
    ...(cases ? [formatPluralIn(language, cases.count, '{0} case', '{0} cases')] : []),
  ].join(', ')
}

export function describeImportKey(language: Language, key: ImportKey): string {
  switch (key.at) {
    case 'file':
      return language.t('key {0} in line {1}', key.ending ?? '…', key.line)
    case 'variable':
      return key.isSet
        ? language.t('key from {0}', key.variable)
        : language.t('key from {0}, which is not set', key.variable)
    case 'elsewhere':
      return language.t('its key has to be entered: it is kept where only its own program reads it')
    default:
      return assertNever(key)
  }
}
