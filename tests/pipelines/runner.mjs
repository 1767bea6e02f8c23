// Runs a composite action as a GitHub runner does, on GitHub's own expression library.
//
//     node runner.mjs ACTION REPORT.json NAME=VALUE…
//
// The working directory is the workspace. SIGINT goes on to the entry process of the step alone, as
// the runner does it (src/Runner.Sdk/ProcessInvoker.cs). REPORT.json says what came of it.
import {spawn} from 'node:child_process'
import {randomUUID} from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import {data, Evaluator, Lexer, Parser} from '@actions/expressions'
import YAML from 'yaml'

const [action, report, ...words] = process.argv.slice(2)
const manifest = YAML.parse(fs.readFileSync(path.join(action, 'action.yml'), 'utf8'))
const temp = process.env.RUNNER_TEMP ?? fs.mkdtempSync(path.join(os.tmpdir(), 'runner-'))
const given = Object.fromEntries(words.map(word => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]))
for (const name of Object.keys(given)) if (!(name in manifest.inputs)) throw new Error(`unexpected input ${name}`)

const context = {
  github: {action_path: action, workspace: process.cwd()},
  runner: {os: 'Linux', temp},
  inputs: {},
  steps: {},
}

const typed = value => value === null || value === undefined ? new data.Null()
  : typeof value === 'object' ? new data.Dictionary(...Object.entries(value).map(([key, item]) => ({key, value: typed(item)})))
  : new data.StringData(String(value))

const evaluated = expression => new Evaluator(
  new Parser(new Lexer(expression).lex().tokens, Object.keys(context), []).parse(), typed(context),
).evaluate().coerceString()

const filled = text => String(text ?? '').replace(/\$\{\{(.*?)\}\}/gs, (_, expression) => evaluated(expression.trim()))

for (const [name, input] of Object.entries(manifest.inputs)) context.inputs[name] = given[name] ?? filled(input?.default)

// src/Runner.Worker/FileCommandManager.cs: name=value, or name<<delimiter … delimiter.
function readFileCommands(text) {
  const found = {}, lines = text.split('\n')
  if (lines.pop() !== '') throw new Error('the file does not end with a newline')
  for (let line; (line = lines.shift()) !== undefined;) {
    if (line === '') continue
    const equals = line.indexOf('='), heredoc = line.indexOf('<<')
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      found[line.slice(0, equals)] = line.slice(equals + 1)
      continue
    }
    if (heredoc < 0) throw new Error(`Invalid format '${line}'`)
    const value = [], delimiter = line.slice(heredoc + 2)
    for (;;) {
      const next = lines.shift()
      if (next === undefined) throw new Error(`Matching delimiter not found '${delimiter}'`)
      if (next === delimiter) break
      value.push(next)
    }
    found[line.slice(0, heredoc)] = value.join('\n')
  }
  return found
}

const run = (step, env) => new Promise(done => {
  const script = path.join(temp, `${randomUUID()}.sh`)
  if (/\$\{\{/.test(step.run)) throw new Error('an expression inside a script')
  fs.writeFileSync(script, step.run)
  const child = spawn('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', script], {env, stdio: ['ignore', 'pipe', 'pipe']})
  const log = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', piece => log.push(piece))
  const forward = () => child.kill('SIGINT')
  process.on('SIGINT', forward)
  child.on('close', (code, signal) => {
    process.off('SIGINT', forward)
    done({code: code ?? signal, log: Buffer.concat(log).toString()})
  })
})

const result = {log: '', summary: '', environment: '', code: 0, outputs: {}}
for (const step of manifest.runs.steps) {
  const files = Object.fromEntries(['output', 'summary', 'env', 'path'].map(name => {
    const file = path.join(temp, `${name}-${randomUUID()}`)
    fs.writeFileSync(file, '')
    return [name, file]
  }))
  const own = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, filled(value)]))
  const {code, log} = await run(step, {
    ...process.env, GITHUB_ACTIONS: 'true', CI: 'true', GITHUB_ACTION_PATH: action, GITHUB_WORKSPACE: process.cwd(), RUNNER_TEMP: temp,
    RUNNER_OS: 'Linux', GITHUB_OUTPUT: files.output, GITHUB_STEP_SUMMARY: files.summary, GITHUB_ENV: files.env, GITHUB_PATH: files.path, ...own,
  })
  context.steps[step.id] = {outputs: readFileCommands(fs.readFileSync(files.output, 'utf8'))}
  result.log += log
  result.summary += fs.readFileSync(files.summary, 'utf8')
  result.environment += fs.readFileSync(files.env, 'utf8') + fs.readFileSync(files.path, 'utf8')
  result.code ||= code
}
for (const [name, output] of Object.entries(manifest.outputs)) result.outputs[name] = filled(output.value)
fs.writeFileSync(report, JSON.stringify(result))
