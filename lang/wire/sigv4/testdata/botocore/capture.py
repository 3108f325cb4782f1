"""Writes the *.http files of this directory: requests as botocore puts them on the wire, signed at one fixed moment.

Run once by hand, with boto3 installed; the tests only read what it wrote. Each file is the raw bytes of one request. Names
that begin with "token-" were signed with temporary credentials.
"""

import datetime
import glob
import os
import socket
import threading

import boto3
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

HERE = os.path.dirname(os.path.abspath(__file__))
KEY, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "IQoJb3JpZ2luX2VjE+/token//with+plus=="
MOMENT = datetime.datetime(2015, 8, 30, 12, 36, 0)
PORT = 18321


def frozen(remove_tzinfo=True):
    return MOMENT if remove_tzinfo else MOMENT.replace(tzinfo=datetime.timezone.utc)


botocore.auth.get_current_datetime = frozen


def receive(conn):
    data = b""
    while b"\r\n\r\n" not in data:
        data += conn.recv(65536)
    head, body = data.split(b"\r\n\r\n", 1)
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, value = line.split(b":", 1)
        if name.lower() == b"content-length":
            length = int(value)
        if name.lower() == b"expect":
            conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    while len(body) < length:
        body += conn.recv(65536)
    return head + b"\r\n\r\n" + body


listener = socket.create_server(("127.0.0.1", PORT))


def capture(name, send):
    def serve():
        conn, _ = listener.accept()
        with open(os.path.join(HERE, name + ".http"), "wb") as f:
            f.write(receive(conn))
        conn.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        conn.close()

    server = threading.Thread(target=serve)
    server.start()
    try:
        send()
    except Exception as e:  # the answer is always an error
        print(name, "->", type(e).__name__)
    server.join()


def client(service, token=None, protocol=None, **config):
    session = boto3.session.Session(KEY, SECRET, token, region_name="us-east-1")
    if protocol:
        loader = session._session.get_component("data_loader")
        original = loader.load_service_model

        def load(*args, **kwargs):
            model = original(*args, **kwargs)
            if "metadata" in model:
                model["metadata"]["protocols"] = [protocol]
                model["metadata"]["protocol"] = protocol
            return model

        loader.load_service_model = load
    return session.client(service, endpoint_url=f"http://localhost:{PORT}", config=Config(user_agent="botocore", retries={"total_max_attempts": 1}, **config))


def raw(name, url, credentials, signer=botocore.auth.SigV4Auth, service="iot", method="GET", headers=None, after=""):
    def send():
        request = AWSRequest(method=method, url=f"http://localhost:{PORT}" + url, headers=headers or {})
        signer(credentials, service, "us-east-1").add_auth(request)
        prepared = request.prepare()
        lines = [f"{method} {prepared.url.split(str(PORT), 1)[1]}{after} HTTP/1.1", f"Host: localhost:{PORT}"]
        lines += [f"{k}: {v if isinstance(v, str) else v.decode()}" for k, v in prepared.headers.items()]
        conn = socket.create_connection(("127.0.0.1", PORT))
        conn.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        conn.recv(100)

    capture(name, send)


def get(url):
    import urllib.request

    def send():
        urllib.request.urlopen(urllib.request.Request(url.replace("https://", "http://")))

    return send


for old in glob.glob(os.path.join(HERE, "*.http")):
    os.remove(old)
data = [{"MetricName": f"m{i}", "Value": i, "Dimensions": [{"Name": "host", "Value": "x" * 20}]} for i in range(300)]
one = data[:1]
capture("iot-create-thing", lambda: client("iot").create_thing(thingName="lamp:1_a-b", attributePayload={"attributes": {"ort": "Küche"}}))
capture("iot-list-things", lambda: client("iot").list_things(nextToken="a+b/c d==&x", attributeName="é~*'()", maxResults=3))
capture("iot-describe-endpoint", lambda: client("iot").describe_endpoint(endpointType="iot:Data-ATS"))
capture("token-iot-list-policies", lambda: client("iot", TOKEN).list_policies(ascendingOrder=True))
capture("iotdata-publish", lambda: client("iot-data").publish(topic="a/b c/ü+%2F//.", qos=1, payload=b"\x00\xff!", userProperties='[{"a":"b"}]'))
capture("token-iotdata-shadow", lambda: client("iot-data", TOKEN).get_thing_shadow(thingName="lamp", shadowName="x"))
capture("logs-put-log-events", lambda: client("logs").put_log_events(logGroupName="g/1", logStreamName="s", logEvents=[{"timestamp": 1, "message": "grüß"}]))
capture("cloudwatch-cbor", lambda: client("cloudwatch").put_metric_data(Namespace="T", MetricData=one))
capture("cloudwatch-cbor-gzip", lambda: client("cloudwatch").put_metric_data(Namespace="T", MetricData=data))
capture("cloudwatch-json", lambda: client("cloudwatch", protocol="json").put_metric_data(Namespace="T", MetricData=one))
capture("cloudwatch-query", lambda: client("cloudwatch", protocol="query").put_metric_data(Namespace="T", MetricData=one))
capture("sts-query", lambda: client("sts").get_caller_identity())
capture("token-sts-query", lambda: client("sts", TOKEN).get_caller_identity())
capture("sts-presigned", get(client("sts").generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")))
capture("token-sts-presigned", get(client("sts", TOKEN).generate_presigned_url("get_caller_identity", HttpMethod="GET")))
v4 = {"signature_version": "s3v4", "s3": {"addressing_style": "path"}}
capture("s3-put", lambda: client("s3", **v4).put_object(Bucket="b", Key="a//b/./c d+é%2F", Body=b"hello", Metadata={"k": "two  blanks"}))
capture("s3-presigned", get(client("s3", **v4).generate_presigned_url("get_object", {"Bucket": "b", "Key": "a//b/../c d+é"}, ExpiresIn=604800)))
plain, temporary = Credentials(KEY, SECRET), Credentials(KEY, SECRET, TOKEN)
raw("path-folded", "/a//b/./c/../d%20e/%2F/~x/", plain)
raw("header-tabs", "/", plain, headers={"X-Amz-Note": "a\t b   c", "X-Other": ' "q  r" '})
raw("header-date", "/", plain, headers={"Date": "Sun, 30 Aug 2015 12:36:00 GMT"})
raw("execute-api", "/things", plain, service="execute-api")
websocket = dict(signer=botocore.auth.SigV4QueryAuth, service="iotdevicegateway")
raw("websocket", "/mqtt", plain, **websocket)
raw("token-websocket-signed", "/mqtt", temporary, **websocket)
raw("token-websocket-after", "/mqtt", plain, after="&X-Amz-Security-Token=" + botocore.auth.quote(TOKEN, safe=""), **websocket)
