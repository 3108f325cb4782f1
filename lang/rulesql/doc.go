// Package rulesql reads and evaluates the SQL of the rules engine: SELECT temp, topic(2) AS d FROM 'sensors/+/t' WHERE temp > 30.
//
// Parse compiles a statement into closures, once. An Evaluator runs it over one message after another. What the language needs from
// outside (the message's topic, randomness, time zones, shadows, functions of other services) arrives through an Env.
//
// A statement never fails because of what a message holds: what does not fit is Undefined, and Undefined is not written. An evaluation
// fails only by a limit of this package. Regular expressions are those of RE2, which take time linear in the text; one that needs
// look-around or back references is a bad expression, and the functions that get it answer Undefined.
//
// aws: iot/iot-sql-reference
package rulesql

// Limits of a statement or template. One that exceeds them is a syntax error.
const (
	MaxStatement = 128 << 10 // bytes (aws: iot/limits#rule-payload)
	MaxVariables = 10        // in SET
	MaxName      = 64        // characters of the name of a variable
	maxDepth     = 64        // parentheses, calls, brackets, nested queries
	maxTerms     = 4096      // operands, operators and calls
)

// Limits of an evaluation. A payload over them is not JSON for the statement; anything else over them ends the evaluation with an error.
const (
	MaxPayload    = 1 << 20   // bytes of a payload that is read as JSON
	MaxResult     = 1 << 20   // bytes of a result, and of any text on the way
	MaxVariable   = 128 << 10 // bytes of a variable, of all variables together, and of the result of transform
	MaxSteps      = 1 << 19   // values made or looked at
	maxNesting    = 128       // arrays and objects inside each other
	maxItem       = 8 << 10   // bytes of an item that get_dynamodb reads (aws: iot/iot-sql-functions#get_dynamodb)
	maxRegexp     = 10 << 10  // bytes of a regular expression
	maxRegexpSize = 2000      // instructions of one
	maxRegexps    = 32        // compiled expressions an Evaluator keeps
	keptCapacity  = 1 << 12   // elements of a slab an Evaluator keeps between two messages
)
