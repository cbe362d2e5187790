// A model that other extensions can ask: it repeats what it is told. VS Code asks a person before another extension may use it.
const vscode = require('vscode')

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

exports.activate = (context) => {
  context.subscriptions.push(vscode.lm.registerLanguageModelChatProvider('sample', provider))
}
