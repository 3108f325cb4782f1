package rulesql

// typeFunctions ask what a value is.
var typeFunctions = []function{
	{name: "get_or_default", parameters: "value[, default]", least: 1, most: 2, since: V20160323, doc: "The value, or the default if it is Undefined.", run: func(_ *Evaluator, args []value) value {
		if args[0].kind == undefined && len(args) == 2 {
			return args[1]
		}
		return args[0]
	}},
	{name: "isNull", parameters: "value", least: 1, most: 1, since: V20151008, doc: "Whether a value is Null.", run: func(_ *Evaluator, args []value) value {
		return boolOf(args[0].kind == null)
	}},
	{name: "isUndefined", parameters: "value", least: 1, most: 1, since: V20160323, doc: "Whether a value is Undefined.", run: func(_ *Evaluator, args []value) value {
		return boolOf(args[0].kind == undefined)
	}},
	{name: "nanvl", parameters: "value, default", least: 2, most: 2, since: V20151008, doc: "The value, or the default if it is Null or Undefined; no function of this language answers NaN.", run: func(_ *Evaluator, args []value) value {
		if args[0].kind == undefined || args[0].kind == null {
			return args[1]
		}
		return args[0]
	}},
}
