// A sample for other extensions: it uses the API of LLM Providers, and brings a model that LLM Providers can ask (kind vscode-lm).
const vscode = require('vscode')

/** It repeats what it is told. VS Code asks a person before another extension may use it. */
const echo = {
  id: 'echo',
  name: 'Echo',
  family: 'echo',
  version: '1',
  maxInputTokens: 8000,
  maxOutputTokens: 1000,
  capabilities: {},
}

const provider = {
  provideLanguageModelChatInformation: () => [echo],
  async provideLanguageModelChatResponse(model, messages, options, progress) {
    for (const part of messages.at(-1).content) {
      if (part instanceof vscode.LanguageModelTextPart) progress.report(part)
    }
  },
  provideTokenCount: async (model, text) => Math.ceil((typeof text === 'string' ? text : JSON.stringify(text)).length / 4),
}

/** Judges a text, or what is selected, by the profile of whoever uses the editor. */
async function categorize(text) {
  const editor = vscode.window.activeTextEditor
  const judged = text ?? editor?.document.getText(editor.selection)
  // It is there when its extension is, and says which version of `api/llm-providers.d.ts` it keeps to.
  const llm = await vscode.extensions.getExtension('llm-providers.llm-providers')?.activate()
  if (llm?.version !== 1) return vscode.window.showInformationMessage('LLM Providers is not installed.')
  const { categorization } = await llm.readiness()
  if (!categorization.ready) return vscode.window.showInformationMessage(categorization.reason.message)
  const result = await llm.categorize(judged, { name: 'selection' })
  vscode.window.setStatusBarMessage(result.categories?.join(', ') ?? result.status, 5000)
  return result
}

exports.activate = (context) => {
  context.subscriptions.push(vscode.commands.registerCommand('llmProvidersSample.categorize', categorize))
  context.subscriptions.push(vscode.lm.registerLanguageModelChatProvider('sample', provider))
}
