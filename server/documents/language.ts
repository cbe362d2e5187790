import * as l10n from '@vscode/l10n'
import type { Language } from '../../shared/language.ts'

/** The words of what is shown within documents are the editor's, its numbers plain ones. */
export const language: Language = { tag: 'en', t: (text, ...values) => l10n.t(text, ...values) }
