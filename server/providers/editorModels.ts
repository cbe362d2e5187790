import type { EditorModel, EditorModelAnswer, EditorModelCall } from '../../protocol/languageModels.ts'
import type { Outcome } from '../../protocol/outcome.ts'

/** The models that VS Code has: only the client of an editor can list and ask them. */
export interface EditorModels {
  list(provider: string, signal: AbortSignal): Promise<Outcome<{ models: EditorModel[] }>>
  complete(call: EditorModelCall, signal: AbortSignal): Promise<Outcome<EditorModelAnswer>>
}
