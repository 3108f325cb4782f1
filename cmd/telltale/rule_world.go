package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"telltale/base/caller"
	"telltale/lang/rulesql"
)

// ruleWorld is the world around a rule that is tried: this computer's, without services but for the answers that were given.
type ruleWorld struct {
	message rulesql.Message
	answers map[string][]byte
}

var _ rulesql.Env = (*ruleWorld)(nil)

func newRuleWorld(t *ruleTest, in io.Reader) (*ruleWorld, error) {
	w := &ruleWorld{answers: map[string][]byte{}, message: rulesql.Message{
		Topic: t.topic, ClientID: t.client, Principal: t.principal, AccountID: "000000000000", TraceID: caller.NewTrace().String(), Time: time.Now(),
	}}
	for _, text := range t.answers {
		name, value, err := nameValue("answer", text, externalFunctions()...)
		if err != nil {
			return nil, err
		}
		if w.answers[name], err = textOrFile("answer", value, in); err != nil {
			return nil, err
		}
	}
	p := &w.message.MQTT5
	for _, text := range t.properties {
		name, value, err := nameValue("property", text, "content_type", "format_indicator", "response_topic", "correlation_data")
		if err != nil {
			return nil, err
		}
		switch name {
		case "content_type":
			p.ContentType = value
		case "format_indicator":
			p.UTF8 = value == "UTF8_DATA"
		case "response_topic":
			p.ResponseTopic = value
		case "correlation_data":
			p.CorrelationData = []byte(value)
		}
	}
	for _, text := range t.users {
		name, value, err := nameValue("user-property", text)
		if err != nil {
			return nil, err
		}
		p.User = append(p.User, rulesql.Property{Name: name, Value: value})
	}
	return w, nil
}

// externalFunctions are those that --answer can answer for; decode gets the descriptors of Protobuf.
func externalFunctions() []string {
	list := []string{"decode"}
	for _, f := range rulesql.Functions() {
		if f.External {
			list = append(list, f.Name)
		}
	}
	return list
}

func (w *ruleWorld) answer(function string) ([]byte, error) {
	if a, ok := w.answers[function]; ok {
		return a, nil
	}
	return nil, fmt.Errorf("%s asks another service, which is not there in a test; --answer %s=@FILE says what it gets", function, function)
}

func (w *ruleWorld) Message() *rulesql.Message                    { return &w.message }
func (w *ruleWorld) Random() float64                              { return rand.Float64() }
func (w *ruleWorld) UUID() string                                 { return caller.NewTrace().String() }
func (w *ruleWorld) Location(name string) (*time.Location, error) { return time.LoadLocation(name) }

func (w *ruleWorld) InvokeLambda(string, []byte) ([]byte, error) { return w.answer("aws_lambda") }

func (w *ruleWorld) Predict(string, string, []byte) ([]byte, error) {
	return w.answer("machinelearning_predict")
}

func (w *ruleWorld) ThingShadow(string, string, string) ([]byte, error) {
	return w.answer("get_thing_shadow")
}

func (w *ruleWorld) DynamoDBItem(rulesql.ItemKey, string) ([]byte, error) {
	return w.answer("get_dynamodb")
}

func (w *ruleWorld) Secret(string, string, string) ([]byte, error) { return w.answer("get_secret") }

func (w *ruleWorld) RegistryData(string, string, string) ([]byte, error) {
	return w.answer("get_registry_data")
}

func (w *ruleWorld) DescriptorSet(string, string) ([]byte, error) { return w.answer("decode") }
