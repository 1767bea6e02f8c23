// Runs the shared-library step with the steps of Jenkins stubbed.
//
//     groovy harness.groovy STEP.groovy
//
// Reads a list of {given, code, unix} as JSON from stdin, and prints what each call did as JSON.
import groovy.json.JsonOutput
import groovy.json.JsonSlurper

class Failed extends RuntimeException {
    Failed(String message) { super(message) }
}

def source = new File(args[0])
def answers = new JsonSlurper().parse(System.in).collect { played ->
    def done = [calls: []]
    def step = new GroovyShell().parse(source)
    step.metaClass.with {
        isUnix = { -> played.unix }
        withEnv = { List variables, Closure body -> done.variables = variables; body() }
        withCredentials = { List bindings, Closure body -> done.credentials = bindings; body() }
        string = { Map words -> words }
        sh = { Map words ->
            done.calls << 'sh'
            done.script = words.script
            done.returnStatus = words.returnStatus
            if (played.code < 0) { throw new InterruptedException('aborted') }
            played.code
        }
        bat = { Map words -> done.calls << 'bat'; done.script = words.script; played.code }
        junit = { Map words -> done.calls << 'junit'; done.junit = words }
        unstable = { String message -> done.calls << 'unstable'; done.message = message }
        error = { String message -> done.calls << 'error'; throw new Failed(message) }
    }
    try {
        done.result = step.call(played.given)
    } catch (Failed failed) {
        done.failure = failed.message
    } catch (InterruptedException aborted) {
        done.aborted = true
    }
    done
}
println JsonOutput.toJson(answers)
