//! Answers of a real ((OTRS)) Community Edition 6.0.41, and an OTRS that gives given answers.

use crate::channel::{Channel, HttpAnswer, Names, Operation, Transport};
use serde_json::{Map, Value, json};
use sgi_guest::authoring::Draft;
use sgi_guest::types::{Instant, Object};
use sgi_guest::{DeskSettings, NotAnswered, OptionValue, Settings};
use std::cell::RefCell;
use std::collections::VecDeque;

/// A new ticket with its dynamic fields.
pub(crate) const TICKET_2: &[u8] = br##"{"Ticket":[{"DynamicField":[{"Value":null,"Name":"CMDBDue"},{"Value":null,"Name":"CMDBFlag"},{"Value":["1"],"Name":"CMDBMulti"},{"Value":"100","Name":"CMDBObjectID"},{"Value":null,"Name":"IDoitMandator"},{"Name":"IDoitObjects","Value":",1,100,"},{"Value":null,"Name":"ProcessManagementActivityID"},{"Name":"ProcessManagementProcessID","Value":null}],"StateType":"new","Created":"2026-11-23 21:10:20","Title":"Drucker im 3. OG druckt nicht \u2013 Gr\u00f6\u00dfe A3 #1","CustomerUserID":"kunde1","ArchiveFlag":"n","CreateBy":2,"SLAID":"","StateID":1,"Lock":"lock","Queue":"Service Desk","EscalationSolutionTime":0,"RealTillTimeNotUsed":0,"TypeID":1,"Age":172,"UntilTime":0,"EscalationUpdateTime":0,"ResponsibleID":2,"OwnerID":2,"ServiceID":"","Changed":"2026-11-23 21:10:21","PriorityColor":"#03c4f0","UnlockTimeout":1795468220,"QueueID":5,"TimeUnit":0,"EscalationTime":0,"Priority":"1 very low","Responsible":"cmdb","LockID":2,"ChangeBy":2,"Owner":"cmdb","Type":"Unclassified","CustomerID":"ACME","GroupID":1,"TicketNumber":"2026112310000011","EscalationResponseTime":0,"PriorityID":1,"State":"new","TicketID":2}]}"##;
/// A ticket just created on a server in the zone Europe/Berlin.
pub(crate) const PENDING_BERLIN: &[u8] = br##"{"Ticket":[{"GroupID":1,"RealTillTimeNotUsed":1800010800,"EscalationSolutionTime":0,"TimeUnit":0,"CustomerID":"ACME","State":"pending reminder","PriorityID":3,"UntilTime":4541934,"Queue":"Network","PriorityColor":"#cdcdcd","Responsible":"cmdb","OwnerID":2,"UnlockTimeout":1795468866,"ChangeBy":2,"Changed":"2026-11-23 22:21:06","CustomerUserID":"kunde1","EscalationUpdateTime":0,"EscalationTime":0,"Priority":"3 normal","Created":"2026-11-23 22:21:06","Title":"TZ","Article":[{"SenderType":"agent","ChangeTime":"2026-11-23 22:21:06","TimeUnit":0,"ReplyTo":"","Subject":"s","MimeType":"text/plain","ChangeBy":2,"ContentCharset":"utf8","Bcc":"","Charset":"utf8","IncomingTime":1795468866,"CommunicationChannelID":3,"To":"Network","References":"","ArticleNumber":1,"SenderTypeID":"1","ArticleID":85,"TicketID":768,"CreateBy":2,"Cc":"","From":"\"K\u00e4the Gro\u00df\" <kunde1@acme.test>","InReplyTo":"","MessageID":"","CreateTime":"2026-11-23 22:21:06","IsVisibleForCustomer":1,"Body":"b","ContentType":"text/plain; charset=utf8"}],"Type":"Unclassified","LockID":1,"Lock":"unlock","ArchiveFlag":"n","TypeID":1,"StateID":6,"QueueID":7,"CreateBy":2,"TicketNumber":"2026112310007676","SLAID":"","TicketID":768,"Owner":"cmdb","StateType":"pending reminder","ServiceID":"","EscalationResponseTime":0,"ResponsibleID":2,"Age":0}]}"##;
/// A ticket with a date, a checkbox, a list and a text as dynamic fields.
pub(crate) const FIELD_TYPES: &[u8] = br##"{"Ticket":[{"Responsible":"root@localhost","Priority":"3 normal","LockID":2,"EscalationTime":0,"Owner":"root@localhost","ChangeBy":2,"Type":"Unclassified","CustomerID":"ACME","Changed":"2026-11-23 21:10:23","PriorityColor":"#cdcdcd","UnlockTimeout":1795468223,"QueueID":7,"TimeUnit":0,"EscalationResponseTime":0,"State":"new","PriorityID":3,"TicketID":9,"GroupID":1,"TicketNumber":"2026112310000084","CreateBy":2,"SLAID":"","StateID":1,"Created":"2026-11-23 21:10:23","StateType":"new","DynamicField":[{"Name":"CMDBDue","Value":"2026-12-24 18:00:00"},{"Value":1,"Name":"CMDBFlag"},{"Value":["11"],"Name":"CMDBMulti"},{"Name":"CMDBObjectID","Value":null},{"Value":"1","Name":"IDoitMandator"},{"Name":"IDoitObjects","Value":",11,"},{"Value":null,"Name":"ProcessManagementActivityID"},{"Value":null,"Name":"ProcessManagementProcessID"}],"Title":"Maus defekt #8","ArchiveFlag":"n","CustomerUserID":"kunde2","UntilTime":0,"ResponsibleID":1,"EscalationUpdateTime":0,"ServiceID":"","OwnerID":1,"Lock":"lock","Queue":"Network","TypeID":1,"EscalationSolutionTime":0,"RealTillTimeNotUsed":0,"Age":170}]}"##;
/// A ticket that was merged.
pub(crate) const MERGED: &[u8] = br##"{"Ticket":[{"ChangeBy":1,"Owner":"root@localhost","EscalationTime":0,"Priority":"4 high","LockID":1,"Responsible":"root@localhost","CustomerID":"ACME","Type":"Unclassified","Changed":"2026-11-23 21:11:13","QueueID":2,"TimeUnit":0,"PriorityColor":"#ffaaaa","UnlockTimeout":1795468273,"PriorityID":4,"State":"merged","EscalationResponseTime":0,"TicketID":5,"GroupID":1,"TicketNumber":"2026112310000048","CreateBy":2,"StateID":9,"SLAID":"","Created":"2026-11-23 21:10:22","DynamicField":[{"Value":null,"Name":"CMDBDue"},{"Name":"CMDBFlag","Value":null},{"Value":["1","4"],"Name":"CMDBMulti"},{"Value":"103","Name":"CMDBObjectID"},{"Name":"IDoitMandator","Value":null},{"Name":"IDoitObjects","Value":",1,4,103,"},{"Value":null,"Name":"ProcessManagementActivityID"},{"Name":"ProcessManagementProcessID","Value":null}],"StateType":"merged","CustomerUserID":"kunde1","ArchiveFlag":"n","Title":"Server <srv-01> offline #4","UntilTime":0,"OwnerID":1,"ServiceID":"","EscalationUpdateTime":0,"ResponsibleID":1,"Queue":"Raw","Lock":"unlock","Age":171,"RealTillTimeNotUsed":0,"EscalationSolutionTime":0,"TypeID":1}]}"##;
/// Of the history of that ticket: how it began and how it ended.
pub(crate) const MERGED_HISTORY: &[u8] = br##"{"TicketHistory":[{"TicketID":"5","History":[{"Name":"%%2026112310000048%%Raw%%4 high%%closed successful%%5","HistoryType":"NewTicket","QueueID":2,"CreateBy":2,"StateID":2,"ArticleID":0,"TypeID":1,"HistoryTypeID":1,"PriorityID":4,"CreateTime":"2026-11-23 21:10:22","OwnerID":1,"TicketID":"5"},{"QueueID":2,"HistoryType":"Merged","Name":"%%2026112310000048%%5%%2026112310000075%%8","StateID":2,"CreateBy":1,"TypeID":1,"HistoryTypeID":33,"ArticleID":0,"TicketID":"5","CreateTime":"2026-11-23 21:11:13","OwnerID":1,"PriorityID":4},{"StateID":9,"CreateBy":1,"QueueID":2,"HistoryType":"StateUpdate","Name":"%%closed successful%%merged%%","TicketID":"5","OwnerID":1,"CreateTime":"2026-11-23 21:11:13","PriorityID":4,"HistoryTypeID":27,"TypeID":1,"ArticleID":0}]}]}"##;
/// A ticket that is missing or forbidden.
pub(crate) const DENIED: &[u8] = br##"{"Error":{"ErrorMessage":"TicketGet: User does not have access to the ticket!","ErrorCode":"TicketGet.AccessDenied"}}"##;
/// A session that is no longer good.
pub(crate) const EXPIRED: &[u8] = br##"{"Error":{"ErrorMessage":"TicketSearch: Authorization failing!","ErrorCode":"TicketSearch.AuthFail"}}"##;
/// A wrong password.
pub(crate) const LOGIN_FAILED: &[u8] = br##"{"Error":{"ErrorCode":"SessionCreate.AuthFail","ErrorMessage":"SessionCreate: Authorization failing!"}}"##;
/// With HTTP 500: a web service without the route.
pub(crate) const NO_ROUTE: &[u8] =
    br##"HTTP::REST Error while determine Operation for request URI '/TicketSearch'."##;
/// With HTTP 500: a body that cannot be read.
pub(crate) const BAD_JSON: &[u8] = br##"Error while decoding request content."##;
/// Ids by SOAP.
pub(crate) const SOAP_FOUND: &[u8] = br##"<?xml version="1.0" encoding="UTF-8"?><soap:Envelope soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body><TicketSearchResponse xmlns="http://www.otrs.org/TicketConnector/"><TicketID>53</TicketID><TicketID>41</TicketID><TicketID>29</TicketID><TicketID>17</TicketID><TicketID>5</TicketID></TicketSearchResponse></soap:Body></soap:Envelope>"##;
/// One id by SOAP.
pub(crate) const SOAP_FOUND_ONE: &[u8] = br##"<?xml version="1.0" encoding="UTF-8"?><soap:Envelope soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body><TicketSearchResponse xmlns="http://www.otrs.org/TicketConnector/"><TicketID>2</TicketID></TicketSearchResponse></soap:Body></soap:Envelope>"##;
/// Nothing found by SOAP.
pub(crate) const SOAP_NOTHING: &[u8] = br##"<?xml version="1.0" encoding="UTF-8"?><soap:Envelope soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body><TicketSearchResponse xmlns="http://www.otrs.org/TicketConnector/" xsi:nil="true" /></soap:Body></soap:Envelope>"##;
/// A ticket that is missing, by SOAP.
pub(crate) const SOAP_DENIED: &[u8] = br##"<?xml version="1.0" encoding="UTF-8"?><soap:Envelope soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body><TicketGetResponse xmlns="http://www.otrs.org/TicketConnector/"><Error><ErrorCode>TicketGet.AccessDenied</ErrorCode><ErrorMessage>TicketGet: User does not have access to the ticket!</ErrorMessage></Error></TicketGetResponse></soap:Body></soap:Envelope>"##;
/// Two tickets by SOAP.
pub(crate) const SOAP_TICKETS: &[u8] = br##"<?xml version="1.0" encoding="UTF-8"?><soap:Envelope soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body><TicketGetResponse xmlns="http://www.otrs.org/TicketConnector/"><Ticket><Age>594</Age><ArchiveFlag>n</ArchiveFlag><ChangeBy>2</ChangeBy><Changed>2026-11-23 21:14:26</Changed><CreateBy>2</CreateBy><Created>2026-11-23 21:10:20</Created><CustomerID>ACME</CustomerID><CustomerUserID>kunde1</CustomerUserID><DynamicField><Name>CMDBDue</Name><Value /></DynamicField><DynamicField><Name>CMDBFlag</Name><Value /></DynamicField><DynamicField><Name>CMDBMulti</Name><Value>1</Value></DynamicField><DynamicField><Name>CMDBObjectID</Name><Value>100</Value></DynamicField><DynamicField><Name>IDoitMandator</Name><Value>Mandant &#65533; &#252;</Value></DynamicField><DynamicField><Name>IDoitObjects</Name><Value>,1,100,</Value></DynamicField><DynamicField><Name>ProcessManagementActivityID</Name><Value /></DynamicField><DynamicField><Name>ProcessManagementProcessID</Name><Value /></DynamicField><EscalationResponseTime>0</EscalationResponseTime><EscalationSolutionTime>0</EscalationSolutionTime><EscalationTime>0</EscalationTime><EscalationUpdateTime>0</EscalationUpdateTime><GroupID>1</GroupID><Lock>lock</Lock><LockID>2</LockID><Owner>cmdb</Owner><OwnerID>2</OwnerID><Priority>1 very low</Priority><PriorityColor>#03c4f0</PriorityColor><PriorityID>1</PriorityID><Queue>Service Desk</Queue><QueueID>5</QueueID><RealTillTimeNotUsed>0</RealTillTimeNotUsed><Responsible>cmdb</Responsible><ResponsibleID>2</ResponsibleID><SLAID /><ServiceID /><State>open</State><StateID>4</StateID><StateType>open</StateType><TicketID>2</TicketID><TicketNumber>2026112310000011</TicketNumber><TimeUnit>0</TimeUnit><Title>Drucker im 3. OG druckt nicht &#8211; Gr&#246;&#223;e A3 #1</Title><Type>Unclassified</Type><TypeID>1</TypeID><UnlockTimeout>1795468220</UnlockTimeout><UntilTime>0</UntilTime></Ticket><Ticket><Age>593</Age><ArchiveFlag>n</ArchiveFlag><ChangeBy>2</ChangeBy><Changed>2026-11-23 21:10:21</Changed><CreateBy>2</CreateBy><Created>2026-11-23 21:10:21</Created><CustomerID>ACME</CustomerID><CustomerUserID>kunde2</CustomerUserID><DynamicField><Name>CMDBDue</Name><Value /></DynamicField><DynamicField><Name>CMDBFlag</Name><Value /></DynamicField><DynamicField><Name>CMDBMulti</Name><Value /></DynamicField><DynamicField><Name>CMDBObjectID</Name><Value /></DynamicField><DynamicField><Name>IDoitMandator</Name><Value /></DynamicField><DynamicField><Name>IDoitObjects</Name><Value /></DynamicField><DynamicField><Name>ProcessManagementActivityID</Name><Value /></DynamicField><DynamicField><Name>ProcessManagementProcessID</Name><Value /></DynamicField><EscalationResponseTime>0</EscalationResponseTime><EscalationSolutionTime>0</EscalationSolutionTime><EscalationTime>0</EscalationTime><EscalationUpdateTime>0</EscalationUpdateTime><GroupID>1</GroupID><Lock>lock</Lock><LockID>2</LockID><Owner>jiri</Owner><OwnerID>6</OwnerID><Priority>3 normal</Priority><PriorityColor>#cdcdcd</PriorityColor><PriorityID>3</PriorityID><Queue>Service Desk::Drucker &amp; B&#252;ro</Queue><QueueID>6</QueueID><RealTillTimeNotUsed>0</RealTillTimeNotUsed><Responsible>anna</Responsible><ResponsibleID>5</ResponsibleID><SLAID /><ServiceID /><State>open</State><StateID>4</StateID><StateType>open</StateType><TicketID>3</TicketID><TicketNumber>2026112310000021</TicketNumber><TimeUnit>0</TimeUnit><Title>VPN bricht ab ("Timeout") #2</Title><Type>Unclassified</Type><TypeID>1</TypeID><UnlockTimeout>1795468221</UnlockTimeout><UntilTime>0</UntilTime></Ticket></TicketGetResponse></soap:Body></soap:Envelope>"##;
/// A new ticket without a customer.
pub(crate) const NO_CUSTOMER: &[u8] = br##"{"Error":{"ErrorCode":"TicketCreate.MissingParameter","ErrorMessage":"TicketCreate: Ticket->CustomerUser parameter is missing!"}}"##;
/// A new ticket in an unknown state.
pub(crate) const BAD_STATE: &[u8] = br##"{"Error":{"ErrorCode":"TicketCreate.InvalidParameter","ErrorMessage":"TicketCreate: Ticket->StateID or Ticket->State parameter is invalid!"}}"##;
/// A new ticket in a queue where the account may not create any.
pub(crate) const NO_CREATE: &[u8] = br##"{"Error":{"ErrorCode":"TicketCreate.AccessDenied","ErrorMessage":"TicketCreate: Can not create tickets in given Queue or QueueID!"}}"##;
/// A new ticket without a type.
pub(crate) const NO_TYPE: &[u8] = br##"{"Error":{"ErrorCode":"TicketCreate.MissingParameter","ErrorMessage":"TicketCreate: Ticket->TypeID or Ticket->Type parameter is required by sysconfig option!"}}"##;
/// A new ticket.
pub(crate) const CREATED: &[u8] =
    br##"{"TicketNumber":"2026112310000655","TicketID":"66","ArticleID":83}"##;
/// Where people see it.
pub(crate) const SHOW_66: &str =
    "https://desk.example.org/otrs/index.pl?Action=AgentTicketZoom;TicketID=66";
/// A new ticket whose article cannot be: all before it was in order.
pub(crate) const BAD_CONTENT_TYPE: &[u8] = br##"{"Error":{"ErrorCode":"TicketCreate.InvalidParameter","ErrorMessage":"TicketCreate: Article->ContentType is invalid!"}}"##;

/// A new ticket whose article could not be written, by OTRS's public source; with HTTP 500.
pub(crate) const NO_ARTICLE: &[u8] =
    b"Article could not be created, please contact the system administrator";

/// The time that it is in tests: a minute or three after the tickets were created.
pub(crate) const NOW: Instant = 1_795_468_392_000;

/// Settings with these options beside the defaults.
pub(crate) fn settings(options: &[(&str, &str)]) -> Settings {
    settings_of("cmdb", options)
}

/// Settings of this account.
pub(crate) fn settings_of(account: &str, options: &[(&str, &str)]) -> Settings {
    let mut values: Vec<OptionValue> = crate::options::all()
        .into_iter()
        .filter_map(|spec| Some((spec.key, spec.default?)))
        .map(|(key, value)| OptionValue {
            key,
            values: vec![value],
        })
        .collect();
    for (key, value) in options {
        values.retain(|known| known.key != *key);
        values.push(OptionValue {
            key: (*key).to_owned(),
            values: vec![(*value).to_owned()],
        });
    }
    Settings::given(DeskSettings {
        url: "https://desk.example.org/otrs".to_owned(),
        link_url: "https://desk.example.org/otrs".to_owned(),
        username: account.to_owned(),
        password: "placeholder".to_owned(),
        options: values,
        learned: None,
    })
}

/// An object of the CMDB.
pub(crate) fn cmdb_object(id: &str) -> Object {
    Object {
        id: id.to_owned(),
        title: None,
        url: None,
        kind: None,
        attributes: Vec::new(),
    }
}

/// A ticket that is to be, about two objects.
pub(crate) fn draft() -> Draft {
    Draft {
        objects: vec![cmdb_object("1"), cmdb_object("2")],
        queue: Some("Network".to_owned()),
        class: None,
        subject: "Printer".to_owned(),
        text: "It\nburns.\n".to_owned(),
        requestor: None,
        priority: None,
        marker: "0123456789abcdef".to_owned(),
    }
}

/// A ticket in a state of this type, with this in the field of objects.
pub(crate) fn ticket(id: u64, state_type: &str, objects: &str) -> Value {
    json!({
        "TicketID": id, "TicketNumber": format!("2026{id}"), "Title": "t", "State": state_type,
        "StateType": state_type, "Created": "2026-11-23 21:10:20", "Changed": "2026-11-23 21:10:20",
        "Age": 172, "DynamicField": [{ "Name": "IDoitObjects", "Value": objects }],
    })
}

/// An answer with these tickets.
pub(crate) fn tickets(tickets: &[Value]) -> Vec<u8> {
    json!({ "Ticket": tickets }).to_string().into_bytes()
}

/// What comes back for a request.
enum Given {
    Answer(u16, Vec<u8>),
    SecretGone,
    Closed,
    Interrupted,
}

/// An OTRS that gives the given answers, one after the other, and remembers what it was sent.
pub(crate) struct Fake {
    names: Names,
    given: RefCell<VecDeque<Given>>,
    sent: RefCell<Vec<(Operation, Map<String, Value>)>>,
    session: RefCell<Option<String>>,
    pub(crate) forgotten: RefCell<Vec<String>>,
}

impl Fake {
    /// Nobody is logged in.
    pub(crate) fn new(transport: Transport) -> Self {
        Self {
            names: Names {
                url: "https://desk.example.org/otrs".to_owned(),
                account: "cmdb".to_owned(),
                service: "CMDBTicketConnector".to_owned(),
                transport,
            },
            given: RefCell::default(),
            sent: RefCell::default(),
            session: RefCell::default(),
            forgotten: RefCell::default(),
        }
    }

    /// There is a session, and these answers by REST with HTTP 200.
    pub(crate) fn logged_in(answers: &[&[u8]]) -> Self {
        let fake = Self::new(Transport::Rest);
        *fake.session.borrow_mut() = Some("session-0".to_owned());
        for answer in answers {
            fake.answer(200, answer);
        }
        fake
    }

    /// One more answer.
    pub(crate) fn answer(&self, status: u16, body: &[u8]) {
        self.given
            .borrow_mut()
            .push_back(Given::Answer(status, body.to_vec()));
    }

    /// A request that is not sent, because its session was renewed meanwhile.
    pub(crate) fn renews(&self) {
        self.given.borrow_mut().push_back(Given::SecretGone);
    }

    /// A connection that is closed without a byte.
    pub(crate) fn closes(&self) {
        self.given.borrow_mut().push_back(Given::Closed);
    }

    /// An answer that does not come in time.
    pub(crate) fn hangs(&self) {
        self.given.borrow_mut().push_back(Given::Interrupted);
    }

    /// What was sent.
    pub(crate) fn sent(&self) -> Vec<(Operation, Map<String, Value>)> {
        self.sent.borrow().clone()
    }
}

impl Channel for Fake {
    fn names(&self) -> &Names {
        &self.names
    }

    fn password(&self) -> &str {
        "placeholder"
    }

    fn captured(&self) -> Option<String> {
        self.session.borrow().clone()
    }

    fn forget(&self, session: &str) {
        self.forgotten.borrow_mut().push(session.to_owned());
        self.session.borrow_mut().take_if(|held| held == session);
    }

    fn send(
        &self,
        operation: Operation,
        parameters: &Map<String, Value>,
    ) -> Result<HttpAnswer, NotAnswered> {
        self.sent.borrow_mut().push((operation, parameters.clone()));
        let what = operation.name().to_owned();
        match self
            .given
            .borrow_mut()
            .pop_front()
            .expect("one more answer")
        {
            Given::SecretGone => {
                *self.session.borrow_mut() = Some("session-9".to_owned());
                Err(NotAnswered::SecretGone { what })
            }
            Given::Closed => Err(NotAnswered::Closed { what }),
            Given::Interrupted => Err(NotAnswered::Interrupted { what }),
            Given::Answer(status, body) => {
                let text = String::from_utf8_lossy(&body);
                if operation == Operation::SessionCreate && text.contains("SessionID") {
                    *self.session.borrow_mut() = Some("session-1".to_owned());
                }
                Ok(HttpAnswer {
                    status,
                    body,
                    failure: None,
                })
            }
        }
    }

    fn now(&self) -> Instant {
        NOW
    }
}
